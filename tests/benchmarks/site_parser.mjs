// Reads, one JSON line each, {text, ours} and answers {equal, site} where `site` is what the site's own parser
// gives: null where it stops with an error. Run in a folder where front-matter 4.0.2 is installed.
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { isDeepStrictEqual } from 'node:util'

const require = createRequire(`${process.cwd()}/`)
const frontMatter = require('front-matter')
const timestamp = require('js-yaml/lib/js-yaml/type/timestamp')

// What JSON can't say is told as {$date: text} or {$number: text}; -0 is 0 for every rule.
function revive(_, value) {
  if (value && typeof value === 'object' && '$date' in value) return timestamp.construct(value.$date)
  if (value && typeof value === 'object' && '$number' in value) return Number(value.$number)
  return value
}

function plain(value) {
  if (Object.is(value, -0)) return 0
  if (Array.isArray(value)) return value.map(plain)
  if (value && typeof value === 'object' && !(value instanceof Date)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
  }
  return value
}

for await (const line of createInterface({ input: process.stdin })) {
  const { text, ours } = JSON.parse(line)
  let site = null
  let error = ''
  try {
    const { attributes, body } = frontMatter(text)
    site = { attributes: plain(attributes), body }
  } catch (reason) {
    error = String(reason.message).split('\n')[0]
  }
  const expected = ours && { attributes: JSON.parse(JSON.stringify(ours.attributes), revive), body: ours.body }
  console.log(JSON.stringify({ equal: isDeepStrictEqual(site, expected), site, error }))
}
