export interface Question {
  readonly title: string;
  readonly text?: string;
  /** Words of the button that agrees. */
  readonly action: string;
  readonly danger?: boolean;
  /** Done before the dialog closes; what it throws is shown in the dialog. */
  readonly run?: () => Promise<void>;
}

/** A question that waits for its answer. */
export interface Asked extends Question {
  readonly answer: (agreed: boolean) => void;
}
