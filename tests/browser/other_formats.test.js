// Text for other tools, read by those tools.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, report, root } from "./reports.js";

const names = ["dead-dependency", "two-causes", "retry-storm", "healthy-noise"];
let browser;
let page;

before(async () => {
  browser = await launch();
  page = await browser.newPage();
  // Mermaid wants a document even to parse.
  await page.setContent("<p>");
  await page.addScriptTag({ path: join(root, "tests/browser/node_modules/mermaid/dist/mermaid.min.js") });
});
after(() => browser?.close());

const parsed = (text) => page.evaluate(async (source) => {
  window.mermaid.initialize({ startOnLoad: false, securityLevel: "strict" });
  return (await window.mermaid.parse(source)).diagramType;
}, text);
const drawn = (text) => page.evaluate(async (source) => {
  const { svg } = await window.mermaid.render("drawing", source);
  return new DOMParser().parseFromString(svg, "text/html").querySelectorAll(".node").length;
}, text);

// Golden files begin with a head between two rules.
function golden(name) {
  const text = readFileSync(join(root, "tests/golden", `${name}.snap`), "utf8");
  return text.replace(/^---\n[^]*?\n---\n/, "");
}

for (const name of names) {
  test(`${name}: Mermaid and Graphviz read what is written for them`, async () => {
    const folder = report(name, "mermaid,dot,markdown");
    const text = readFileSync(join(folder, "cascade.mmd"), "utf8");
    assert.match(await parsed(text), /^flowchart/);
    assert.equal(await drawn(text), (text.match(/^\s+n\d+[[({]/gm) ?? []).length);
    const svg = execFileSync("dot", ["-Tsvg", join(folder, "cascade.dot")], { encoding: "utf8" });
    assert.match(svg, /<\/svg>/);
    const markdown = readFileSync(join(folder, "report.md"), "utf8");
    for (const [, block] of markdown.matchAll(/```mermaid\n([^]*?)```/g)) await parsed(block);
  });
}

test("hostile names stay labels", async () => {
  for (const name of ["incident", "two_causes", "inconclusive"]) {
    const text = golden(`mermaid_${name}`);
    assert.match(await parsed(text), /^flowchart/);
    const html = await page.evaluate(async (source) => (await window.mermaid.render("hostile", source)).svg, text);
    assert.doesNotMatch(html, /<script/i);
    execFileSync("dot", ["-Tsvg"], { input: golden(`dot_${name}`) });
  }
});
