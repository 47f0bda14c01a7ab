// What the site's own tests do, in our words: three files of them, each reading what it needs with the site's packages
// (an API is read with the producers, a service with the APIs), then looking for each compulsory field.
// `node site_suite.mjs FOLDER` writes them in FOLDER for `npm test`.
import { writeFileSync } from "node:fs";

const folder = process.argv[2];

writeFileSync(`${folder}/package.json`, JSON.stringify({ scripts: { test: "jest" } }));

writeFileSync(`${folder}/catalogue.js`, `
const { readdir, readFile } = require("fs/promises");
const frontMatter = require("front-matter");
const folder = process.env.CATALOGUE + "/_data/";

const entries = async kind => {
  const names = (await readdir(folder + kind)).filter(name => name.endsWith(".md"));
  return Promise.all(names.map(async name => {
    const { attributes, body } = frontMatter(await readFile(folder + kind + "/" + name, "utf8"));
    return { ...attributes, body, slug: name.replace(".md", "") };
  }));
};
const apis = async () => {
  const producers = await entries("producteurs");
  return (await entries("api")).map(api => ({ ...api, owner: producers.find(one => one.slug === api.producer).name }));
};
const services = async () => {
  const listed = await apis();
  return (await entries("service")).map(service => ({
    ...service,
    apis: service.api.map(title => listed.find(api => api.title === title).slug),
  }));
};
const roadmap = async () => frontMatter(await readFile(folder + "roadmap.md", "utf8")).attributes;

module.exports = { apis, services, roadmap };
`);

const missing = (kind, fields) => `
const { flatten, uniq } = require("lodash");
const catalogue = require("./catalogue");
let entries;

test("can load all", async () => {
  entries = await catalogue.${kind}();
  expect(entries.length).toBeGreaterThan(0);
});
${JSON.stringify(fields)}.forEach(field => test("every one has " + field, () => {
  expect(entries.filter(entry => entry[field] === undefined).map(entry => entry.slug)).toEqual([]);
}));
test("no theme is undefined", () => {
  expect(uniq(flatten(entries.map(entry => entry.themes ?? "")))).not.toContain(undefined);
});
`;

writeFileSync(
  `${folder}/api.test.js`,
  missing("apis", ["title", "tagline", "producer", "is_open", "themes", "last_update"]),
);
writeFileSync(`${folder}/service.test.js`, missing("services", ["title", "link", "description", "api", "screenshot"]));
writeFileSync(`${folder}/roadmap.test.js`, `
const catalogue = require("./catalogue");

test("every month of the news is a list", async () => {
  await catalogue.apis();
  for (const months of Object.values(await catalogue.roadmap()))
    for (const news of Object.values(months)) expect(Array.isArray(news)).toBe(true);
});
`);
