// Sizes for people.

const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** "0 B", "1.5 KiB", "12.0 GiB" */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
