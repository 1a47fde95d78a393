/** A refusal in the words of AWS: what the SDK turns into an exception of that name. */
export class ServiceError extends Error {
  readonly type: string
  readonly status: number
  /** Members beside `Message`, such as `Reason`. */
  readonly details: Record<string, unknown>

  constructor(
    type: string,
    message: string,
    { status = 400, ...details }: { status?: number; [name: string]: unknown } = {},
  ) {
    super(message)
    this.name = type
    this.type = type
    this.status = status
    this.details = details
  }
}

/** No reply at all: the connection ends, and the caller cannot know whether the call took effect. */
export class ConnectionDropped extends Error {}
