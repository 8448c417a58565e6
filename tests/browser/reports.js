// What the tests share: reports made by the program, and pages that notice what leaves them.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const binary = process.env.TRACEFALL ?? join(root, "target", "release", "tracefall");
const browserPath = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);

// Writes reports of a fixture into a folder of their own.
export function report(fixture, formats, ...more) {
  const folder = mkdtempSync(join(tmpdir(), `tracefall-${fixture}-`));
  const input = join(root, "fixtures", fixture);
  execFileSync(binary, ["analyze", input, "--format", formats, "--output", folder, ...more]);
  return folder;
}

// Writes the page of the first trace that the report in a folder accuses with.
export function tracePage(fixture, folder) {
  const input = join(root, "fixtures", fixture);
  const analyzed = execFileSync(binary, ["analyze", input, "--format", "json"], { encoding: "utf8" });
  const [id] = JSON.parse(analyzed).candidates[0].exemplars;
  const path = join(folder, "trace.html");
  writeFileSync(path, execFileSync(binary, ["trace", id, input, "--format", "html"]));
  return pathToFileURL(path).href;
}

// Reports on a gateway before so many services, of which service-7 fails for a while.
export function landscape(services) {
  const folder = mkdtempSync(join(tmpdir(), "tracefall-landscape-"));
  const start = 1_772_000_000_000_000_000n;
  const lines = [];
  for (let n = 0; n < 6_000; n += 1) {
    const at = start + BigInt(n) * 100_000_000n;
    const bad = n % 3 === 0 && n > 3_000 && n < 4_800;
    const callees = [n % 3 === 0 ? 7 : 1 + n % (services - 1), 1 + (n * 7) % (services - 1)];
    const traceId = (n + 1).toString(16).padStart(32, "0");
    const span = (i, parent, name, kind, from, to, failed) => ({
      traceId, spanId: (n * 8 + i + 1).toString(16).padStart(16, "0"), name, kind,
      ...parent === null ? {} : { parentSpanId: (n * 8 + parent + 1).toString(16).padStart(16, "0") },
      startTimeUnixNano: String(at + BigInt(from) * 1_000_000n), endTimeUnixNano: String(at + BigInt(to) * 1_000_000n),
      status: { code: failed ? 2 : 0 },
    });
    const of = (name, spans) => ({
      resource: { attributes: [{ key: "service.name", value: { stringValue: name } }] }, scopeSpans: [{ spans }],
    });
    const hurt = bad || callees[1] === 7 && n > 3_000 && n < 4_800;
    const own = [span(0, null, "GET /", 2, 0, 50, hurt)];
    const below = callees.map((callee, k) => {
      const failed = callee === 7 && hurt;
      own.push(span(1 + 2 * k, 0, "GET", 3, 5 + 20 * k, 20 + 20 * k, failed));
      return of(`service-${callee}`, [span(2 + 2 * k, 1 + 2 * k, "GET /item", 2, 6 + 20 * k, 19 + 20 * k, failed)]);
    });
    lines.push(JSON.stringify({ resourceSpans: [of("gateway", own), ...below] }));
  }
  const input = join(folder, "traces.jsonl");
  writeFileSync(input, lines.join("\n"));
  execFileSync(binary, ["analyze", input, "--format", "html", "--output", folder]);
  return folder;
}

export const address = (folder, file = "report.html") => pathToFileURL(join(folder, file)).href;

export function launch() {
  // Continuous integration runs as root in a container, where Chromium's own sandbox cannot.
  return chromium.launch({ executablePath: browserPath, args: ["--no-sandbox"] });
}

// Opens a page and keeps what it complains of and what it asks for.
export async function open(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints = [];
  const requests = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(url);
  return { page, complaints, requests: () => requests.filter((asked) => asked !== url) };
}
