// Figures as people read them.

/** "15.2 ms", from 10 s on "12.3 s", from 2 min on "5 min 12 s". */
export function formatMs(ms: number): string {
  if (ms < 10_000) return `${ms.toFixed(1)} ms`;
  if (ms < 120_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** "1 file", "1,234 files" */
export function formatCount(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}

/** "2026-11-22 15:04:05 UTC" */
export function formatDate(iso: string | null): string {
  return iso === null ? "-" : `${iso.slice(0, 19).replace("T", " ")} UTC`;
}
