/** An exception that the program raises. */
export class Raised extends Error {}
