/** metav1.Time: whole seconds. */
export const timeText = (at: Date): string => at.toISOString().replace(/\.\d+Z$/, 'Z');
