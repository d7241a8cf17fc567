/**
 * PERSISTENT RESERVE OUT: registers, reserves, releases and preempts. Each service action checks
 * the key of the nexus first, then what the list asks for; what it changes is `reservations/`.
 * [SPC-4 6.16, tables 66 and 216]
 */
import {
  type Sense,
  invalidFieldInParameterList,
  persistentReserveOutClear,
  persistentReserveOutPreempt,
  persistentReserveOutPreemptAndAbort,
  persistentReserveOutRegister,
  persistentReserveOutRegisterAndIgnoreExistingKey,
  persistentReserveOutRegisterAndMove,
  persistentReserveOutRelease,
  persistentReserveOutReserve,
} from "node-scsi-cdb";
import { limits } from "../../base/limits";
import { type Command, command } from "../command";
import { nexusName } from "../nexus";
import { preempt } from "../reservations/preempting";
import {
  type NamedNexus,
  hasRegisterKey,
  moveRefusal,
  register,
  registerAndMove,
} from "../reservations/registering";
import type { Registrations } from "../reservations/registrations";
import { type ScopeAndType, clear, release, reserve } from "../reservations/reserving";
import type { ActionOutcome, CommandAction } from "../unit-action";
import type { Unit } from "../unit";
import {
  LENGTH_ERROR,
  basicList,
  keyOf,
  moveList,
  parseDestination,
  parseSpecifiedPorts,
  portsOf,
} from "./persistent-reserve-list";

type Row = typeof persistentReserveOutRegister;

/** What a service action goes by: the list is as long as its format or longer. */
interface Request {
  readonly asked: ScopeAndType;
  readonly action: CommandAction;
  readonly unit: Unit;
}

const CONFLICT: ActionOutcome = { answer: "conflict" };

/** All target ports of the unit, and the one that the command came in by. */
function targetPortsOf({ action, unit }: Request): number[] {
  const own = action.nexus.relativeTargetPort;
  return [...new Set([own, ...unit.access.relativeTargetPorts])];
}

/**
 * What a basic list is refused for: reserved bits, TransportIDs that the service action has no use
 * for, and bytes behind the end. [SPC-4 6.16.1, 6.16.3]
 */
function checkBasic(bytes: Uint8Array, { isRegister }: { isRegister: boolean }): Sense | null {
  const { specIPt } = basicList.decode(bytes);
  const reserved = basicList.firstReservedBit(bytes);
  if (reserved !== null) return invalidFieldInParameterList(reserved);
  if (specIPt && !isRegister) return invalidFieldInParameterList(basicList.pointer("specIPt"));
  if (!specIPt && bytes.length !== basicList.length) return LENGTH_ERROR;
  return null;
}

/** The nexuses that the list names; a TransportID that stands for no port is refused. */
function specifiedNexuses(
  request: Request,
  targetPorts: readonly number[],
): readonly NamedNexus[] | Sense {
  const parsed = parseSpecifiedPorts(request.action.data);
  if ("refusal" in parsed) return parsed.refusal;
  const nexuses: NamedNexus[] = [];
  for (const { id, at } of parsed.ids) {
    const ports = portsOf(id, request.unit.reservation.registrations);
    if (ports.length === 0) return invalidFieldInParameterList(at);
    for (const port of ports) {
      for (const each of targetPorts) nexuses.push({ name: nexusName(port, each), at });
    }
  }
  return nexuses;
}

/** What APTPL says counts for the whole unit, until the next one says otherwise. [SPC-4 5.13.6] */
function persisting(
  registrations: Registrations,
  { outcome, aptpl }: { readonly outcome: ActionOutcome; readonly aptpl: boolean },
): ActionOutcome {
  if (outcome.answer === "good") registrations.persistsPowerLoss = aptpl;
  return outcome;
}

function applyRegister(request: Request, ignoresKey: boolean): ActionOutcome {
  const { action, unit } = request;
  const { registrations } = unit.reservation;
  const list = basicList.decode(action.data);
  const { name: nexus, initiatorPort, relativeTargetPort } = action.nexus;
  const key = keyOf(list.reservationKey);
  if (!ignoresKey && !hasRegisterKey(registrations, { nexus, key })) return CONFLICT;
  const refusal = checkBasic(action.data, { isRegister: !ignoresKey });
  if (refusal !== null) return { answer: refusal };
  const targetPorts = list.allTgPt ? targetPortsOf(request) : [relativeTargetPort];
  const own = targetPorts.map((port) => nexusName(initiatorPort, port));
  const specified = list.specIPt ? specifiedNexuses(request, targetPorts) : null;
  if (specified !== null && "code" in specified) return { answer: specified };
  const newKey = keyOf(list.serviceActionKey);
  const outcome = register(registrations, { nexus, own, specified, newKey });
  return persisting(registrations, { outcome, aptpl: list.aptpl });
}

/** A service action with a basic list that only a registered nexus may ask for, by its key. */
function byRegistrant(
  run: (request: Request, registrations: Registrations) => ActionOutcome,
): (request: Request) => ActionOutcome {
  return (request) => {
    const { action, unit } = request;
    const { registrations } = unit.reservation;
    const { reservationKey } = basicList.decode(action.data);
    if (registrations.keyOf(action.nexus.name) !== keyOf(reservationKey)) return CONFLICT;
    const refusal = checkBasic(action.data, { isRegister: false });
    return refusal === null ? run(request, registrations) : { answer: refusal };
  };
}

function preempting({ aborts }: { readonly aborts: boolean }): (request: Request) => ActionOutcome {
  return byRegistrant(({ action, asked }, registrations) => {
    const key = keyOf(basicList.decode(action.data).serviceActionKey);
    return preempt(registrations, { nexus: action.nexus.name, key, asked, aborts });
  });
}

function applyMove(request: Request): ActionOutcome {
  const { action, unit } = request;
  const { registrations } = unit.reservation;
  const nexus = action.nexus.name;
  const list = moveList.decode(action.data);
  if (registrations.keyOf(nexus) !== keyOf(list.reservationKey)) return CONFLICT;
  const refusal = moveRefusal(registrations, nexus) ?? checkMove(request);
  if (refusal !== null) return { answer: refusal };
  const parsed = parseDestination(action.data);
  if ("refusal" in parsed) return { answer: parsed.refusal };
  const { id, at } = parsed.ids;
  const [port, ...others] = portsOf(id, registrations);
  if (port === undefined || others.length > 0 || port === action.nexus.initiatorPort) {
    return { answer: invalidFieldInParameterList(at) };
  }
  const outcome = registerAndMove(registrations, {
    nexus,
    newKey: keyOf(list.serviceActionKey),
    destination: nexusName(port, list.relativeTargetPort),
    unregisters: list.unreg,
  });
  return persisting(registrations, { outcome, aptpl: list.aptpl });
}

function checkMove(request: Request): Sense | null {
  const { data } = request.action;
  const { relativeTargetPort } = moveList.decode(data);
  const reserved = moveList.firstReservedBit(data);
  if (reserved !== null) return invalidFieldInParameterList(reserved);
  if (targetPortsOf(request).includes(relativeTargetPort)) return null;
  return invalidFieldInParameterList(moveList.pointer("relativeTargetPort"));
}

function serviceAction(row: Row, run: (request: Request) => ActionOutcome): Command {
  return command({
    row,
    reservation: "persistent",
    needsMedium: false,
    writes: false,
    check({ parameterListLength: length }) {
      const isLength = length >= basicList.length && length <= limits.parameterListMax;
      return isLength ? null : LENGTH_ERROR;
    },
    dataOutLength: (cdb) => cdb.parameterListLength,
    apply(cdb, action, unit) {
      const { scope, type, parameterListLength: length } = cdb;
      const data = action.data.subarray(0, length);
      // An initiator may expect to send less than its CDB says.
      const isWhole = data.length === length && length >= basicList.length;
      if (!isWhole) return { answer: LENGTH_ERROR };
      return run({ asked: { scope, type }, action: { ...action, data }, unit });
    },
  });
}

export const persistentReserveOutCommands: readonly Command[] = [
  serviceAction(persistentReserveOutRegister, (request) => applyRegister(request, false)),
  serviceAction(
    persistentReserveOutReserve,
    byRegistrant(({ action, asked }, registrations) =>
      reserve(registrations, action.nexus.name, asked),
    ),
  ),
  serviceAction(
    persistentReserveOutRelease,
    byRegistrant(({ action, asked }, registrations) =>
      release(registrations, action.nexus.name, asked),
    ),
  ),
  serviceAction(
    persistentReserveOutClear,
    byRegistrant(({ action }, registrations) => clear(registrations, action.nexus.name)),
  ),
  serviceAction(persistentReserveOutPreempt, preempting({ aborts: false })),
  serviceAction(persistentReserveOutPreemptAndAbort, preempting({ aborts: true })),
  serviceAction(persistentReserveOutRegisterAndIgnoreExistingKey, (request) =>
    applyRegister(request, true),
  ),
  serviceAction(persistentReserveOutRegisterAndMove, applyMove),
];
