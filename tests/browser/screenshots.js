// Renews the pictures in docs/: node tests/browser/screenshots.js
import { join } from "node:path";
import { address, launch, open, report, root } from "./reports.js";

const browser = await launch();
const shots = [
  ["dead-dependency", "report-graph.png", { colorScheme: "light", viewport: { width: 1240, height: 980 } }, null],
  ["two-causes", "report-time.png", { colorScheme: "dark", viewport: { width: 1240, height: 900 } }, "#time"],
];
for (const [fixture, name, options, part] of shots) {
  const { page } = await open(browser, address(report(fixture, "html")), options);
  const path = join(root, "docs", "images", name);
  if (part) await page.locator(part).screenshot({ path });
  else await page.screenshot({ path });
}
await browser.close();
