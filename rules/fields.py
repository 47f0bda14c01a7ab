"""The fields that the site reads in each kind of entry, the names that they had, and the themes."""

from __future__ import annotations

from collections.abc import Mapping

from rules.model import Kind

# What the pages of the site read in an entry of each kind. A guide may hold more: nobody complains there.
FIELDS: Mapping[Kind, frozenset[str]] = {
    kind: frozenset(names.split())
    for kind, names in {
        Kind.API: """title tagline producer partners contact_link external_site is_open account_link
            datapass_link is_france_connected access_page rate_limiting_resume rate_limiting_description
            rate_limiting_link doc_tech_link doc_tech_external useSwaggerProxy monitoring_link monitoring_description
            stats_detail_resume stats_detail_description stats_detail_link uptime themes keywords last_update
            datagouv_uuid content_intro visits_2019 hide_pre_footer""",
        Kind.SERVICE: "title link description api screenshot noindex featured",
        Kind.PRODUCER: """name acronym nameWithPronoun logo type site short description data contact annuaire
            siteOpenData siteAPI""",
        Kind.GUIDE: "title tagline tags image api noindex publish related_guides",
    }.items()
}
LISTS = frozenset({"partners", "access_page", "themes", "keywords", "datagouv_uuid", "api", "tags", "related_guides"})

# Names that people give to a field, too far from its own to be recognised by their letters.
ALSO_CALLED: Mapping[str, str] = {
    "partenaires": "partners",
    "fournisseur": "producer",
    "contact": "contact_link",
    "contact_email": "contact_link",
    "documentation": "doc_tech_external",
    "doc_external_link": "doc_tech_external",
    "swagger": "doc_tech_link",
    "dataset_uuid": "datagouv_uuid",
    "mots_cles": "keywords",
}

# Fields of the templates that the site no longer reads: the fields that took over, or the folder of the
# sheets where the information now stands, or nothing.
OLD_FIELDS: Mapping[Kind, Mapping[str, tuple[str, ...]]] = {
    Kind.API: {
        "owner": ("producer",),
        "owner_acronym": ("_data/producteurs/",),
        "logo": ("_data/producteurs/",),
        "clients": ("access_page",),
        "contract": ("access_page",),
        "restriction": ("access_page",),
        "access_condition": ("access_page",),
        "access_description": ("access_page",),
        "access_link": ("account_link", "datapass_link"),
        "doc_tech": ("doc_tech_link",),
        "score": ("contact_link", "doc_tech_link", "rate_limiting_description", "monitoring_link"),
        "stat": ("stats_detail_resume", "stats_detail_description", "stats_detail_link"),
        "services": ("_data/service/",),
        "category": (),
        "layout": (),
        "additional_css": (),
    },
    Kind.PRODUCER: {"owner": ("name",), "owner_acronym": ("acronym",), "external_site": ("site",)},
}

THEMES = (
    "Administration",
    "Administration & législation",
    "Agriculture",
    "Culture",
    "Droit & Justice",
    "Education",
    "Emploi",
    "Energie",
    "Entreprise",
    "Environnement",
    "Géographie",
    "Particulier",
    "Professionnels",
    "Santé",
    "Sécurité",
    "Transport",
)
