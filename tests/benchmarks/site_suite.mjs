// What the site's own tests do, one file of them per kind of entry: read every file with the site's packages, then
// look for each compulsory field. `node site_suite.mjs FOLDER` writes them in FOLDER for jest.
import { writeFileSync } from "node:fs";

const KINDS = {
  api: ["title", "tagline", "producer", "is_open", "themes", "last_update"],
  service: ["title", "link", "description", "api", "screenshot"],
  producteurs: ["name", "logo"],
  guides: ["title"],
  "": [],
};

for (const [kind, fields] of Object.entries(KINDS)) {
  writeFileSync(`${process.argv[2]}/${kind || "roadmap"}.test.js`, `
const { readdirSync, readFileSync } = require("fs");
const { flatten, uniq } = require("lodash");
const frontMatter = require("front-matter");
const folder = process.env.CATALOGUE + "/_data/${kind}/";

const read = name => ({ name, ...frontMatter(readFileSync(folder + name, "utf8")) });
let entries;

test("every file can be read", () => {
  entries = readdirSync(folder).filter(name => name.endsWith(".md")).map(read);
  expect(entries.length).toBeGreaterThan(0);
});
${JSON.stringify(fields)}.forEach(field => test("every file has " + field, () => {
  expect(entries.filter(entry => entry.attributes[field] === undefined).map(entry => entry.name)).toEqual([]);
}));
test("themes are listed", () => {
  expect(uniq(flatten(entries.map(entry => entry.attributes.themes || []))).includes(undefined)).toBe(false);
});
`);
}
