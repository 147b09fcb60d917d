// Measures sharp (libvips). See package trial for what it is told and answers.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const say = (value) => process.stdout.write(JSON.stringify(value) + "\n");

let sharp;
try {
  ({ default: sharp } = await import("sharp"));
} catch (error) {
  if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
  say({ missing: "sharp is not installed (make oracles)" });
  process.exit(0);
}

const job = JSON.parse(process.argv[2]);
sharp.cache(false);
sharp.concurrency(job.cores);

const encode = (pipeline, quality) =>
  (job.format === "png" ? pipeline.png() : pipeline.jpeg({ quality })).toBuffer();

// The ways to make several outputs: one decoder whose pixels all of them share,
// or a decoder for each, which can then shrink while it decodes.
const ways = {
  clone(data, quality) {
    const source = sharp(data).autoOrient();
    return Promise.all(job.sizes.map(({ width }) => encode(source.clone().resize({ width, kernel: "lanczos3" }), quality)));
  },
  separate(data, quality) {
    return Promise.all(job.sizes.map(({ width }) => encode(sharp(data).autoOrient().resize({ width, kernel: "lanczos3" }), quality)));
  },
};

const peakBytes = () => {
  try {
    return 1024 * Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))[1]);
  } catch {
    return 0; // not Linux
  }
};

const data = readFileSync(job.input);
say({ version: `${sharp.versions.sharp} (libvips ${sharp.versions.vips}, mozjpeg ${sharp.versions.mozjpeg}, Node ${process.versions.node})` });
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  try {
    const milliseconds = [];
    let outputs = [];
    for (let i = 0; i < request.iterations; i++) {
      const start = performance.now();
      outputs = await ways[job.method](data, request.quality);
      milliseconds.push(performance.now() - start);
    }
    if (request.save) outputs.forEach((output, i) => writeFileSync(join(request.save, String(i)), output));
    say({ milliseconds, bytes: outputs.map((output) => output.length), peakBytes: peakBytes() });
  } catch (error) {
    say({ error: error.message });
  }
}
