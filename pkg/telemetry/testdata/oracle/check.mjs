// Reads a JSON list of log lines on stdin; prints for each what is wrong with it
// as the embedded metric format, or "". A line is right when it is one JSON object
// that AWS's schema accepts, whose dimensions and metrics are members of it, and
// of which aws-embedded-metrics, told the same, writes the same: it throws where a
// namespace, dimension, metric, unit or time is not CloudWatch's.
import { isDeepStrictEqual } from "node:util";
import { readFileSync } from "node:fs";
import Ajv from "ajv";
import { MetricsLogger } from "aws-embedded-metrics";
import { LogSerializer } from "aws-embedded-metrics/lib/serializers/LogSerializer.js";

const schema = new Ajv().compile(JSON.parse(readFileSync(new URL("schema.json", import.meta.url))));

// rewrite is the line as aws-embedded-metrics writes it, which knows one directive.
async function rewrite(line, directive) {
  let written;
  const logger = new MetricsLogger(async () => ({
    getName: () => "", getType: () => "", getLogGroupName: () => "", configureContext() {},
    getSink: () => ({ accept: async (context) => { written = new LogSerializer().serialize(context); } }),
  }));
  logger.setNamespace(directive.Namespace);
  logger.setTimestamp(line._aws.Timestamp);
  logger.setDimensions(...directive.Dimensions.map((set) => Object.fromEntries(set.map((name) => [name, line[name]]))));
  for (const [name, value] of Object.entries(line)) {
    if (name !== "_aws") logger.setProperty(name, value);
  }
  for (const metric of directive.Metrics) {
    logger.putMetric(metric.Name, line[metric.Name], metric.Unit, metric.StorageResolution);
  }
  await logger.flush();
  if (written.length !== 1) throw new Error(`${written.length} lines`);
  return JSON.parse(written[0]);
}

async function problem(text) {
  const line = JSON.parse(text);
  if (!schema(line)) return JSON.stringify(schema.errors);
  for (const directive of line._aws.CloudWatchMetrics) {
    for (const name of directive.Dimensions.flat()) {
      if (typeof line[name] !== "string") return `dimension ${name} is ${JSON.stringify(line[name])}`;
    }
    const alone = { ...line, _aws: { ...line._aws, CloudWatchMetrics: [directive] } };
    const again = await rewrite(line, directive);
    // It orders metrics in its own way.
    for (const one of [alone, again]) {
      one._aws.CloudWatchMetrics[0].Metrics = one._aws.CloudWatchMetrics[0].Metrics.toSorted((a, b) => (a.Name < b.Name ? -1 : 1));
    }
    if (!isDeepStrictEqual(again, alone)) return `aws-embedded-metrics writes ${JSON.stringify(again)}`;
  }
  return "";
}

const answers = [];
for (const text of JSON.parse(readFileSync(0, "utf8"))) {
  answers.push(await problem(text).catch(String));
}
console.log(JSON.stringify(answers));
