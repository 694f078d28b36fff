/** A function of the tests: nothing to migrate. */
export async function handler(): Promise<void> {}
