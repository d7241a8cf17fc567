import { median, mediansOf, toMarkdown, type Sample } from "../../../tools/bench/report";
import { WORKLOADS } from "../../../tools/bench/workloads";

const [small] = WORKLOADS.filter(({ name }) => name === "read-4k-qd32");
const [large] = WORKLOADS.filter(({ name }) => name === "write-128k-qd32");

function sample(target: Sample["target"], perSecond: number, workload = "read-4k-qd32"): Sample {
  return { workload, target, perSecond, processorUs: 1e6 / perSecond, peakBytes: perSecond * 1000 };
}

it.each([
  [[3, 1, 2], 2],
  [[4, 1, 2, 3], 2.5],
  [[], NaN],
])("the median of %j is %d", (values, expected) => {
  expect(median(values)).toBe(expected);
});

it("takes medians of rates and costs, and the highest peak", () => {
  const samples = [sample("tgt", 10_000), sample("tgt", 40_000), sample("tgt", 20_000)];
  expect(mediansOf(samples, "read-4k-qd32", "tgt")).toEqual({
    perSecond: 20_000,
    processorUs: 50,
    peakBytes: 40_000_000,
  });
});

it("prints rates, twinlun's ratio to the others, costs and peaks", () => {
  const samples = [sample("twinlun", 100_000), sample("tgt", 25_000)];
  expect(toMarkdown(samples, [small!], ["twinlun", "tgt"]).split("\n")[2]).toBe(
    "| 4 KiB random read, depth 32 | 100.0 k/s | 25.0 k/s | 4.00 | 10.0 / 40.0 | 100 / 25 |",
  );
});

it("prints rates of a link with a delay one by one", () => {
  const samples = [sample("mirrored", 170)];
  expect(toMarkdown(samples, [small!], ["mirrored"]).split("\n")[2]).toMatch(/depth 32 \| 170 \/s/);
});

it("prints large operations by bytes, and a dash for what was not measured", () => {
  const samples = [sample("twinlun", 10_000, "write-128k-qd32")];
  expect(toMarkdown(samples, [large!], ["twinlun", "tgt"]).split("\n")[2]).toBe(
    "| 128 KiB sequential write, depth 32 | 1.31 GB/s | – | – | 100.0 / – | 10 / – |",
  );
});

it("measures every shape with header digests off and on, under names that differ", () => {
  expect(new Set(WORKLOADS.map(({ name }) => name)).size).toBe(12);
  expect(WORKLOADS.filter(({ hasDigest }) => hasDigest)).toHaveLength(6);
});
