/**
 * The mode pages of a disk here, one row each, in ascending order of page and subpage: the list is
 * the table. A field is changeable only if changing it changes what the unit does.
 */
import { bits, flag, uint } from "node-scsi-cdb";
import { type ModePage, modePage } from "./mode-page";

export const readWriteErrorRecovery = modePage({
  name: "Read-Write Error Recovery",
  pageCode: 0x01,
  length: 12,
  fields: {
    awre: flag(2, 7, "AWRE"),
    arre: flag(2, 6, "ARRE"),
    tb: flag(2, 5, "TB"),
    rc: flag(2, 4, "RC"),
    per: flag(2, 2, "PER"),
    dte: flag(2, 1, "DTE"),
    readRetryCount: uint(3, 1, "READ RETRY COUNT"),
    lbpere: flag(7, 7, "LBPERE"),
    writeRetryCount: uint(8, 1, "WRITE RETRY COUNT"),
    recoveryTimeLimit: uint(10, 2, "RECOVERY TIME LIMIT"),
  },
  defaults: () => ({}),
  changeable: () => ({}),
});

export const caching = modePage({
  name: "Caching",
  pageCode: 0x08,
  length: 20,
  fields: {
    ic: flag(2, 7, "IC"),
    abpf: flag(2, 6, "ABPF"),
    cap: flag(2, 5, "CAP"),
    disc: flag(2, 4, "DISC"),
    size: flag(2, 3, "SIZE"),
    wce: flag(2, 2, "WCE"),
    mf: flag(2, 1, "MF"),
    rcd: flag(2, 0, "RCD"),
    demandReadRetentionPriority: bits(3, 7, 4, "DEMAND READ RETENTION PRIORITY"),
    writeRetentionPriority: bits(3, 3, 0, "WRITE RETENTION PRIORITY"),
    disablePrefetchTransferLength: uint(4, 2, "DISABLE PRE-FETCH TRANSFER LENGTH"),
    minimumPrefetch: uint(6, 2, "MINIMUM PRE-FETCH"),
    maximumPrefetch: uint(8, 2, "MAXIMUM PRE-FETCH"),
    maximumPrefetchCeiling: uint(10, 2, "MAXIMUM PRE-FETCH CEILING"),
    fsw: flag(12, 7, "FSW"),
    lbcss: flag(12, 6, "LBCSS"),
    dra: flag(12, 5, "DRA"),
    syncProg: bits(12, 2, 1, "SYNC_PROG"),
    nvDis: flag(12, 0, "NV_DIS"),
    numberOfCacheSegments: uint(13, 1, "NUMBER OF CACHE SEGMENTS"),
    cacheSegmentSize: uint(14, 2, "CACHE SEGMENT SIZE"),
  },
  defaults: ({ volatileCache }) => ({ wce: volatileCache }),
  // A store that is stable at once has no write cache to turn on, and nothing to read around.
  changeable: ({ volatileCache }) => ({ wce: volatileCache, rcd: volatileCache }),
});

/** TST [SPC-4 Control mode page] */
export const TaskSetType = { ONE_FOR_ALL: 0b000, ONE_PER_NEXUS: 0b001 } as const;

/** QERR: which tasks a CHECK CONDITION of another one aborts. [SPC-4 Control mode page] */
export const QueueError = { NONE_ABORTED: 0b00, ALL_ABORTED: 0b01, OWN_ABORTED: 0b11 } as const;

/** UA_INTLCK_CTRL [SPC-4 Control mode page] */
export const Interlock = { NONE: 0b00, KEPT: 0b10, KEPT_AND_ESTABLISHED: 0b11 } as const;

export const control = modePage({
  name: "Control",
  pageCode: 0x0a,
  length: 12,
  fields: {
    tst: bits(2, 7, 5, "TST"),
    tmfOnly: flag(2, 4, "TMF_ONLY"),
    dpicz: flag(2, 3, "DPICZ"),
    dSense: flag(2, 2, "D_SENSE"),
    gltsd: flag(2, 1, "GLTSD"),
    rlec: flag(2, 0, "RLEC"),
    queueAlgorithmModifier: bits(3, 7, 4, "QUEUE ALGORITHM MODIFIER"),
    nuar: flag(3, 3, "NUAR"),
    qerr: bits(3, 2, 1, "QERR"),
    rac: flag(4, 6, "RAC"),
    uaIntlckCtrl: bits(4, 5, 4, "UA_INTLCK_CTRL"),
    swp: flag(4, 3, "SWP"),
    ato: flag(5, 7, "ATO"),
    tas: flag(5, 6, "TAS"),
    atmpe: flag(5, 5, "ATMPE"),
    rwwp: flag(5, 4, "RWWP"),
    autoloadMode: bits(5, 2, 0, "AUTOLOAD MODE"),
    busyTimeoutPeriod: uint(8, 2, "BUSY TIMEOUT PERIOD"),
    extendedSelfTestCompletionTime: uint(10, 2, "EXTENDED SELF-TEST COMPLETION TIME"),
  },
  // 1h: SIMPLE commands may run in any order, also those of one initiator. FFFFh: no limit.
  defaults: () => ({ queueAlgorithmModifier: 1, busyTimeoutPeriod: 0xffff }),
  changeable: () => ({
    tst: TaskSetType.ONE_PER_NEXUS,
    tmfOnly: true,
    dSense: true,
    qerr: 0b11,
    uaIntlckCtrl: 0b11,
    swp: true,
    tas: true,
  }),
  allowed: { qerr: Object.values(QueueError), uaIntlckCtrl: Object.values(Interlock) },
});

/**
 * Nothing of it can be changed: the timestamp is set by one method, commands have no priority, and
 * sense data is as long as it is. IALUAE says what the ports do.
 */
export const controlExtension = modePage({
  name: "Control Extension",
  pageCode: 0x0a,
  subpageCode: 0x01,
  length: 32,
  fields: {
    tcmos: flag(4, 2, "TCMOS"),
    scsip: flag(4, 1, "SCSIP"),
    ialuae: flag(4, 0, "IALUAE"),
    initialCommandPriority: bits(5, 3, 0, "INITIAL COMMAND PRIORITY"),
    maximumSenseDataLength: uint(6, 1, "MAXIMUM SENSE DATA LENGTH"),
  },
  defaults: ({ isAsymmetric = false }) => ({ tcmos: true, scsip: true, ialuae: isAsymmetric }),
  changeable: () => ({}),
});

export const informationalExceptionsControl = modePage({
  name: "Informational Exceptions Control",
  pageCode: 0x1c,
  length: 12,
  fields: {
    perf: flag(2, 7, "PERF"),
    ebf: flag(2, 5, "EBF"),
    ewasc: flag(2, 4, "EWASC"),
    dexcpt: flag(2, 3, "DEXCPT"),
    test: flag(2, 2, "TEST"),
    ebackerr: flag(2, 1, "EBACKERR"),
    logerr: flag(2, 0, "LOGERR"),
    mrie: bits(3, 3, 0, "MRIE"),
    intervalTimer: uint(4, 4, "INTERVAL TIMER"),
    reportCount: uint(8, 4, "REPORT COUNT"),
  },
  // No failure is predicted here, so none is reported.
  defaults: () => ({ dexcpt: true }),
  changeable: () => ({}),
});

/**
 * The timestamp is the calendar's (TCMOS) until SET TIMESTAMP, which takes precedence (SCSIP).
 * Access states change implicitly (IALUAE).
 */
export const modePages: readonly ModePage[] = [
  readWriteErrorRecovery,
  caching,
  control,
  controlExtension,
  informationalExceptionsControl,
];
