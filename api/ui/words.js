// How things are said: dates, numbers, counts, and the names of the ledgers.

const LEDGERS = {
  ps101: "PS101",
  roi: "ROI",
  self_efficacy: "Self-efficacy",
  ops_health: "Operations health",
  run_status: "Run status",
  followup: "Follow-ups",
  lead: "Leads",
  message: "What you said",
  memory: "What Mosaic remembers",
  library: "Prompt library",
};

/** The name of a ledger as a person says it. */
export function ledgerName(ledger) {
  const words = ledger.replaceAll("_", " ");
  return LEDGERS[ledger] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

/** "1 source", "3 sources". */
export function count(number, one, many = `${one}s`) {
  return `${number} ${number === 1 ? one : many}`;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const dayAndMonth = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const wholeDate = new Intl.DateTimeFormat(
  undefined,
  { day: "numeric", month: "short", year: "numeric" },
);
const precise = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });

/** A moment, as short as it can be: "15:02", "6 Mar, 15:02", "6 Mar 2025, 15:02". */
export function moment(iso, now = new Date()) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return String(iso);
  if (date.toDateString() === now.toDateString()) return clock.format(date);
  const day = date.getFullYear() === now.getFullYear() ? dayAndMonth : wholeDate;
  return `${day.format(date)}, ${clock.format(date)}`;
}

/** A moment in full, for titles. */
export function preciseMoment(iso) {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? String(iso) : precise.format(date);
}

/** The group a conversation is listed in: "Today", "Yesterday", "Last 7 days", "Earlier". */
export function ageGroup(iso, now = new Date()) {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  const time = new Date(iso).getTime();
  const day = 24 * 60 * 60 * 1000;
  if (time >= midnight) return "Today";
  if (time >= midnight - day) return "Yesterday";
  if (time >= midnight - 6 * day) return "Last 7 days";
  return "Earlier";
}

const NUMBER = /^-?\d+(\.\d+)?$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;

/** The value of a fact with its unit: "9 days", "67 %", "€14,025". */
export function valueWithUnit(value, unit) {
  if (value === null || value === undefined) return "no value";
  if (typeof value === "boolean") return value ? "yes" : "no";
  const numeric = typeof value === "number" || (unit && NUMBER.test(value));
  if (!numeric) {
    const text = MOMENT.test(value) ? moment(value) : String(value);
    return unit ? `${text} ${unit}` : text;
  }
  if (/^[A-Z]{3}$/.test(unit ?? "")) return currency(Number(value), unit);
  const number = Number(value).toLocaleString(undefined, { maximumFractionDigits: 4 });
  if (!unit) return number;
  const one = Number(value) === 1 && /[a-z]s$/.test(unit) && unit !== "s";
  return `${number} ${one ? unit.slice(0, -1) : unit}`;
}

function currency(value, code) {
  const digits = Number.isInteger(value) ? 0 : 2;
  return value.toLocaleString(undefined, {
    style: "currency",
    currency: code,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** The counts of a receipt: "7 known · 2 inferred · 1 missing". */
export function receiptSummary(receipt) {
  const { known, inferred, missing } = receipt;
  return `${known.length} known · ${inferred.length} inferred · ${missing.length} missing`;
}
