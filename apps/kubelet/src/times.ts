const NS_PER_MS = 1_000_000;

/** metav1.Time has whole seconds. */
export const timeText = (at: Date): string => `${at.toISOString().slice(0, 19)}Z`;

/** Of the runtime's nanoseconds, where 0 means not yet. */
export const nanoTimeText = (nanoseconds: number): string | undefined =>
  nanoseconds > 0 ? timeText(new Date(nanoseconds / NS_PER_MS)) : undefined;

export const nanoToMs = (nanoseconds: number): number => nanoseconds / NS_PER_MS;
