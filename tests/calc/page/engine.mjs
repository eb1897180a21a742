// Counts networks of a page as the page does: reads its data and settings, writes totals and rows. A setting that says
// ``first`` is what a preview shows.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [modules, file] = process.argv.slice(2);
const { Network, byBlock } = await import(pathToFileURL(`${modules}/network.js`));
const { fromFragment, toFragment, start } = await import(pathToFileURL(`${modules}/state.js`));
const { page, settings } = JSON.parse(readFileSync(file, "utf8"));
const network = new Network(page);
const text = (counts) => Object.fromEntries(Object.entries(counts).map(([name, value]) => [name, value.toString()]));
const found = settings.map((setting) => {
  const state = { ...start(page), ...setting, bits: new Map(Object.entries(setting.bits)) };
  const again = fromFragment(page, toFragment(page, state), () => true);
  const counted = setting.first ? network.first() : network.at(again);
  if ("refused" in counted) return counted;
  return {
    totals: text(counted.totals),
    layers: counted.rows.map((row) => ({ name: row.name, shape: row.shape.map(String), bits: row.bits, counts: text(row.counts) })),
    blocks: byBlock(counted.rows, page.columns).map((row) => ({ name: row.name, counts: text(row.counts) })),
  };
});
process.stdout.write(JSON.stringify(found));
