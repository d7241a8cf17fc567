/**
 * Several units of several kinds in one target, from one configuration file: the file for
 * libiscsi's tests, served plain and by a pair.
 */
import {
  extendedCopyLid1,
  inquiry,
  read10,
  readCapacity16,
  reportLuns,
  write10,
} from "node-scsi-cdb";
import { loadSettings } from "../../lib/node/settings";
import { CONFORMANCE_FILE } from "../../tools/conform/setups";
import { killAll, ready, twinlun } from "../node/support/program";
import { blocks, listOf, target as targetNamed } from "../scsi/support/copy-bench";
import { WireInitiator } from "./support/initiator";

const { units, iqn } = loadSettings({ file: CONFORMANCE_FILE, environment: {}, flags: {} });

afterEach(() => killAll());

async function hostAt(portal: string): Promise<WireInitiator> {
  const host = await WireInitiator.connect(Number(portal.split(":").at(-1)));
  expect(await host.login(iqn)).toBe(0);
  return host;
}

/** What a host sees of a unit. */
async function seen(host: WireInitiator, lun: number): Promise<unknown> {
  await host.command(Buffer.alloc(6), { lun });
  const { data } = await host.command(inquiry.encode({ allocationLength: 96 }), { in: 96, lun });
  const capacity = readCapacity16.encode({ allocationLength: 32 });
  const { data: geometry } = await host.command(capacity, { in: 32, lun });
  return {
    product: data.toString("latin1", 16, 32).trim(),
    removable: data[1] === 0x80,
    blockSize: geometry.readUInt32BE(8),
    size: Number(geometry.readBigUInt64BE(0) + 1n) * geometry.readUInt32BE(8),
    exponent: (geometry[13] as number) & 0xf,
    thin: ((geometry[14] as number) & 0x80) !== 0,
  };
}

describe.each([
  { what: "a plain target", args: ["--single"] },
  { what: "a pair", args: ["--listen", "127.0.0.1:0", "--admin-socket", "none"] },
])("$what with conf/conformance.json", ({ args }) => {
  it("shows each unit of the file by each portal, and copies from one to another", async () => {
    const program = twinlun(
      "serve",
      "--conf",
      CONFORMANCE_FILE,
      "--listen",
      "127.0.0.1:0",
      ...args,
    );
    const { portals, luns } = await ready(program);
    expect(luns).toEqual(units.map(({ lun }) => lun));
    for (const portal of portals) {
      const host = await hostAt(portal);
      const all = reportLuns.encode({ allocationLength: 512 });
      expect((await host.command(all, { in: 512 })).data.readUInt32BE(0)).toBe(8 * units.length);
      for (const unit of units) {
        const { product, removable, blockSize } = unit;
        expect(await seen(host, unit.lun)).toMatchObject({
          ...{ product, removable, blockSize, size: unit.store.size },
          exponent: unit.physicalBlockExponent ?? Math.log2(4096 / blockSize),
          ...(!unit.readOnly && { thin: unit.thin }),
        });
      }
      host.close();
    }
    const host = await hostAt(portals.at(-1) as string);
    const page = inquiry.encode({ evpd: true, pageCode: 0x83, allocationLength: 255 });
    const names: Buffer[] = [];
    for (const lun of [0, 4]) {
      await host.command(Buffer.alloc(6), { lun });
      const { data } = await host.command(page, { in: 255, lun });
      // The last designator of type NAA.
      const at = data.lastIndexOf(Buffer.from("01030008", "hex")) + 4;
      names.push(Buffer.concat([data.subarray(at, at + 8)], 20));
    }
    const data = Buffer.alloc(4096, 0x5a);
    await host.command(write10.encode({ lba: 8, blockCount: 8 }), { out: data });
    const targets = names.map((designator) => targetNamed(0, { designator }));
    const segment = blocks({ destination: 1, blockCount: 8, sourceLba: 8, destinationLba: 3 });
    const list = listOf(targets, [segment], { listIdUsage: 3 });
    const copy = extendedCopyLid1.encode({ parameterListLength: list.length });
    expect((await host.command(copy, { out: list })).status).toBe(0);
    const read = await host.command(read10.encode({ lba: 3, blockCount: 1 }), { in: 4096, lun: 4 });
    expect(read.data.equals(data)).toBe(true);
    host.close();
  }, 30_000);
});
