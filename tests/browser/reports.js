// What the tests share: reports made by the program, and pages that notice what leaves them.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
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
