/**
 * What a reservation forbids, as tables: the types of persistent reservations, and which commands
 * run in the presence of each. Who is registered and who holds is not here.
 * [SPC-4 5.13.1, 5.13.3, 6.15.3.4; SPC-2 5.5.1]
 */

/** Who may run a command; `holder` includes the registrants where the type lets them in. */
type Passes = "anyone" | "holder" | "nobody";

interface Rule {
  /** While an SPC-2 reservation stands. */
  readonly spc2: Passes;
  /** While nexuses are registered and none holds a persistent reservation. */
  readonly registered: Passes;
  /** While a persistent reservation of a Write Exclusive or an Exclusive Access type stands. */
  readonly writeExclusive: Passes;
  readonly exclusiveAccess: Passes;
}

/**
 * The kinds of commands that the standards tell apart:
 *
 *   allowed     INQUIRY, REPORT LUNS, READ CAPACITY: always
 *   test        TEST UNIT READY: under every persistent reservation, not under SPC-2's
 *   read        READ, VERIFY, MODE SENSE: unless the access is exclusive
 *   conflict    WRITE, MODE SELECT, SYNCHRONIZE CACHE: the holder's alone
 *   reserve     RESERVE: where nexuses are registered, without effect for those that hold
 *   release     RELEASE: the same; without effect for whoever holds no SPC-2 reservation
 *   persistent  PERSISTENT RESERVE IN and OUT: never under an SPC-2 reservation, not even the
 *               holder's; what each service action asks of the nexus is its own affair
 */
export const RESERVATION_RULES = {
  allowed: row("anyone", "anyone", "anyone", "anyone"),
  test: row("holder", "anyone", "anyone", "anyone"),
  read: row("holder", "anyone", "anyone", "holder"),
  conflict: row("holder", "anyone", "holder", "holder"),
  reserve: row("holder", "holder", "holder", "holder"),
  release: row("anyone", "holder", "holder", "holder"),
  persistent: row("nobody", "anyone", "anyone", "anyone"),
} as const satisfies Readonly<Record<string, Rule>>;

export type ReservationRule = keyof typeof RESERVATION_RULES;

function row(
  ...[spc2, registered, writeExclusive, exclusiveAccess]: [Passes, Passes, Passes, Passes]
): Rule {
  return { spc2, registered, writeExclusive, exclusiveAccess };
}

/** A type of persistent reservation: each stands in `PERSISTENT_TYPES` once. */
export interface PersistentType {
  /** TYPE */
  readonly code: number;
  readonly text: string;
  /** Whether it forbids reading too. */
  readonly isExclusiveAccess: boolean;
  /**
   * `holder`: one nexus holds it and alone is let in; `registrants-only`: one holds it and all
   * registrants are let in; `all-registrants`: all of them hold it. [SPC-4 5.13.10]
   */
  readonly lets: "holder" | "registrants-only" | "all-registrants";
}

/** In ascending order of TYPE; what is missing is obsolete or reserved. [SPC-4 6.15.3.4] */
export const PERSISTENT_TYPES: readonly PersistentType[] = [
  { code: 1, text: "Write Exclusive", isExclusiveAccess: false, lets: "holder" },
  { code: 3, text: "Exclusive Access", isExclusiveAccess: true, lets: "holder" },
  {
    code: 5,
    text: "Write Exclusive - Registrants Only",
    isExclusiveAccess: false,
    lets: "registrants-only",
  },
  {
    code: 6,
    text: "Exclusive Access - Registrants Only",
    isExclusiveAccess: true,
    lets: "registrants-only",
  },
  {
    code: 7,
    text: "Write Exclusive - All Registrants",
    isExclusiveAccess: false,
    lets: "all-registrants",
  },
  {
    code: 8,
    text: "Exclusive Access - All Registrants",
    isExclusiveAccess: true,
    lets: "all-registrants",
  },
];

/** The type of a TYPE field; null: obsolete or reserved. */
export function persistentType(code: number): PersistentType | null {
  return PERSISTENT_TYPES.find((type) => type.code === code) ?? null;
}
