/** How texts compare and sort in the database: without regard to case and accents. */
export const TEXT_COLLATION = 'utf8mb4_unicode_520_ci';

/** A text as LIKE takes it literally. */
export const likeLiterally = (text: string): string => text.replace(/[\\%_]/g, '\\$&');
