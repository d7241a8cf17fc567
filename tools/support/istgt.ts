/**
 * Debian's istgt with one LUN on a file, as a second peer to compare with. Several may run at once:
 * each has its own configuration, port and pid.
 */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, Service, untilListening } from "./processes";
import { makeSparse, type Image } from "./sparse";

const BASE = "iqn.2024-01.com.example";
const TARGET = "istgt";

export interface IstgtOptions {
  /** Where its configuration and log go; must exist. */
  readonly folder: string;
  /** Made afresh. */
  readonly image: Image;
  /** Bytes of a logical block; the default is 512. */
  readonly blockSize?: number;
  readonly isReadOnly?: boolean;
  readonly chap?: { readonly user: string; readonly secret: string };
}

export interface Istgt {
  readonly pid: number;
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts an istgt on a free port of 127.0.0.1. */
export async function startIstgt(options: IstgtOptions): Promise<Istgt> {
  const { folder, image } = options;
  const port = await freePort();
  const control = await freePort();
  makeSparse(image);
  const configuration = join(folder, "istgt.conf");
  writeFileSync(configuration, configurationOf(options, { port, control }));
  writeFileSync(join(folder, "istgt-auth.conf"), accountsOf(options), { mode: 0o600 });
  const logFile = join(folder, "istgt.log");
  const service = new Service("istgt", ["-D", "-c", configuration], { logFile });
  await untilListening(port, service, logFile);
  const stop = async (): Promise<void> => {
    await service.stop("SIGKILL");
    rmSync(image.path, { force: true });
  };
  const url = `iscsi://127.0.0.1:${port}/${BASE}:${TARGET}/0`;
  return { pid: service.pid, url, stop };
}

function accountsOf({ chap }: IstgtOptions): string {
  return chap === undefined ? "" : `[AuthGroup1]\n  Auth "${chap.user}" "${chap.secret}"\n`;
}

/** The values are those of Debian's example, but for names, addresses and unit. */
function configurationOf(
  options: IstgtOptions,
  { port, control }: { readonly port: number; readonly control: number },
): string {
  const { folder, image, blockSize = 512, isReadOnly = false, chap } = options;
  const authentication = chap === undefined ? "None" : "CHAP";
  return `[Global]
  NodeBase "${BASE}"
  PidFile ${join(folder, "istgt.pid")}
  AuthFile ${join(folder, "istgt-auth.conf")}
  MediaDirectory ${folder}
  Timeout 30
  NopInInterval 20
  DiscoveryAuthMethod ${authentication}
  ${chap === undefined ? "" : "DiscoveryAuthGroup AuthGroup1"}
  MaxSessions 16
  MaxConnections 4
  MaxR2T 32
  MaxOutstandingR2T 16
  DefaultTime2Wait 2
  DefaultTime2Retain 60
  FirstBurstLength 262144
  MaxBurstLength 1048576
  MaxRecvDataSegmentLength 262144
  InitialR2T Yes
  ImmediateData Yes
  DataPDUInOrder Yes
  DataSequenceInOrder Yes
  ErrorRecoveryLevel 0
[UnitControl]
  AuthMethod None
  Portal UC1 127.0.0.1:${control}
  Netmask 127.0.0.0/8
[PortalGroup1]
  Portal DA1 127.0.0.1:${port}
[InitiatorGroup1]
  InitiatorName "ALL"
  Netmask 127.0.0.0/8
[LogicalUnit1]
  TargetName ${TARGET}
  Mapping PortalGroup1 InitiatorGroup1
  AuthMethod ${authentication}
  ${chap === undefined ? "" : "AuthGroup AuthGroup1"}
  UseDigest Auto
  UnitType Disk
  BlockLength ${blockSize}
  ${isReadOnly ? "ReadOnly Yes" : ""}
  LUN0 Storage ${image.path} ${image.bytes / (1024 * 1024)}MB
`;
}
