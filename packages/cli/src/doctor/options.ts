export interface DoctorOptions {
  readonly data?: string;
  readonly config?: string;
  readonly port?: string;
  readonly url?: string;
  readonly json?: boolean;
}
