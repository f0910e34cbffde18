// A table as CSV, as spreadsheets read it (RFC 4180).

/** `columns` are [name, values]. */
export function csv(columns) {
  const rows = columns[0]?.[1].length ?? 0;
  const lines = [columns.map(([name]) => cell(name)).join(",")];
  for (let row = 0; row < rows; row += 1) lines.push(columns.map(([, values]) => cell(values[row])).join(","));
  return new Blob([`\ufeff${lines.join("\r\n")}\r\n`], { type: "text/csv" });
}

function cell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  // A file called =HYPERLINK(...) is a name, not a formula.
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Saves a blob under a name. */
export function save(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
