// Sizes for people.

const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** "512 B", "3.1 GiB" */
export function formatBytes(bytes: number): string {
  let [value, unit] = [bytes, 0];
  // what would be shown as 1024.0 is shown as 1.0 of the next unit
  while (value >= 1023.95 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
