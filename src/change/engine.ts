// Carrying out a plan as one transaction.

export interface ChangeEngine {
  /** Places for the journal, undo and commit-confirm. */
  readonly kind: 'engine';
}
