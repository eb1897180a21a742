// Puts the packages into one file that a browser loads, with their versions and licences at its head.

import { build } from "esbuild";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";

const result = await build({
  entryPoints: ["entry.js"], bundle: true, format: "esm", minify: true, legalComments: "none", write: false, metafile: true,
});
const packages = new Set(
  Object.keys(result.metafile.inputs).map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]).filter(Boolean),
);
const named = [...packages].sort().map((name) => {
  const folder = `node_modules/${name}`;
  const { version, license } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  const file = readdirSync(folder).find((each) => /^licen[sc]e/i.test(each));
  return { name: `${name} ${version}`, license, text: readFileSync(`${folder}/${file}`, "utf8").trim() };
});
const texts = new Map();
for (const { name, text } of named) texts.set(text, [...(texts.get(text) ?? []), name]);
const licences = [...texts].map(([text, names]) => `${names.join("\n")}\n\n${text}\n`).join("\n----\n\n");
writeFileSync("../static/codemirror.LICENSES.txt", licences);
const head = named.map(({ name, license }) => `${name} (${license})`).join(", ");
writeFileSync("../static/codemirror.js", `// @ts-nocheck: its types are checked where it is made\n/* ${head}. Licences: codemirror.LICENSES.txt */\n${result.outputFiles[0].text}`);
