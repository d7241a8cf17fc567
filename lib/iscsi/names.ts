/** iSCSI names: their syntax, their normal form, and who is on a list of them. [RFC7143 4.2.7] */

const NAME_MAX = 223;
/** Reversed domain name behind a year and month, then whatever the owner of the domain likes. */
const IQN = /^iqn\.[0-9]{4}-(0[1-9]|1[0-2])\.[^\s,:]+(:[^\s,]*)?$/;
const EUI = /^eui\.[0-9a-f]{16}$/;
const NAA = /^naa\.([0-9a-f]{16}|[0-9a-f]{32})$/;

/**
 * The form in which names are compared: of stringprep's mapping only the folding of ASCII letters,
 * which is all that names in use need.
 */
export function normalizeName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Whether a name is of type iqn, eui or naa and at most 223 bytes long. */
export function isIscsiName(name: string): boolean {
  const normal = normalizeName(name);
  if (Buffer.byteLength(normal) > NAME_MAX || hasControlCharacter(normal)) return false;
  return IQN.test(normal) || EUI.test(normal) || NAA.test(normal);
}

/** Whether a list of initiators lets this one in; an empty list lets everybody in. */
export function isListed(initiators: readonly string[], name: string): boolean {
  const normal = normalizeName(name);
  return initiators.length === 0 || initiators.some((entry) => normalizeName(entry) === normal);
}

function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}
