import { Eye, EyeOff, TriangleAlert } from "lucide-react";
import { type SyntheticEvent, useEffect, useRef, useState } from "react";
import { useT } from "../../i18n/index.ts";
import { actions } from "../../model/index.ts";
import { Button, IconButton } from "../../ui/index.ts";
import { TextField } from "../../ui/text-field.tsx";
import { errorName, retryAfterOf, throttleMs, waitText } from "../errors.ts";
import { keepLastUser, lastUser } from "./last-user.ts";
import { checkEntry, type FormErrors, passwordLengthMin, placeError } from "./credentials.ts";

export type AuthMode = "register" | "signIn";

function PasswordField(props: {
  value: string;
  onChange: (value: string) => void;
  mode: AuthMode;
  error: string | undefined;
}) {
  const t = useT();
  const [shown, setShown] = useState(false);
  return (
    <TextField
      label={t("start.password")}
      name="password"
      type={shown ? "text" : "password"}
      autoComplete={props.mode === "register" ? "new-password" : "current-password"}
      maxLength={256}
      required
      value={props.value}
      onChange={(event) => props.onChange(event.target.value)}
      error={props.error}
      hint={
        props.mode === "register"
          ? t("start.passwordHint", { count: passwordLengthMin })
          : undefined
      }
      trailing={
        <IconButton
          size="sm"
          className="-mr-1.5"
          label={t(shown ? "start.hidePassword" : "start.showPassword")}
          aria-pressed={shown}
          icon={shown ? <EyeOff size={18} /> : <Eye size={18} />}
          onClick={() => setShown(!shown)}
        />
      }
    />
  );
}

/** How long the server wants nothing more to be tried; it counts down. */
function useThrottle(): readonly [leftMs: number, start: (ms: number) => void] {
  const [until, setUntil] = useState(0);
  const [now, setNow] = useState(0);
  useEffect(() => {
    if (until === 0) return;
    const timer = setInterval(() => {
      setNow(Date.now());
      if (Date.now() >= until) setUntil(0);
    }, 250);
    return () => clearInterval(timer);
  }, [until]);
  const start = (ms: number) => {
    setNow(Date.now());
    setUntil(Date.now() + ms);
  };
  return [until === 0 ? 0 : Math.max(0, until - now), start];
}

function useAuth(mode: AuthMode) {
  const t = useT();
  const [errors, setErrors] = useState<FormErrors>({});
  const [busy, setBusy] = useState(false);
  const [leftMs, startThrottle] = useThrottle();
  const [throttled, setThrottled] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const submit = async (entry: { user: string; password: string; name: string }) => {
    const found = checkEntry(t, mode, entry);
    setErrors(found);
    setThrottled(false);
    if (Object.keys(found).length > 0) return focusWrong(form.current, found);
    setBusy(true);
    try {
      const { user, password, name } = entry;
      if (mode === "signIn") await actions.signIn({ user, password });
      else await actions.register({ user, password, ...(name === "" ? {} : { name }) });
      keepLastUser(user);
    } catch (error) {
      const throttled = errorName(error) === "too_many_attempts";
      setThrottled(throttled);
      if (throttled) startThrottle(retryAfterOf(error) ?? throttleMs);
      const placed = placeError(t, mode, entry.user, error);
      setErrors(placed);
      focusWrong(form.current, placed);
    } finally {
      setBusy(false);
    }
  };
  // A throttle that is over is no news any more.
  const over = throttled && leftMs === 0;
  return { errors: over ? {} : errors, busy, leftMs, form, submit };
}

/** The first field with an error gets the focus, so that it is heard and can be mended at once. */
function focusWrong(form: HTMLFormElement | null, errors: FormErrors): void {
  const name = errors.user !== undefined ? "user" : errors.password !== undefined ? "password" : "";
  const field = form?.elements.namedItem(name);
  if (field instanceof HTMLInputElement) field.focus();
}

/** Registration or sign-in, with errors where they belong. */
export function AuthForm({ mode }: { mode: AuthMode }) {
  const t = useT();
  const { errors, busy, leftMs, form, submit } = useAuth(mode);
  const [user, setUser] = useState(() => (mode === "signIn" ? lastUser() : ""));
  const [password, setPassword] = useState("");
  const [name, setName] = useState("");
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!busy && leftMs === 0) void submit({ user: user.trim(), password, name: name.trim() });
  };
  return (
    <form ref={form} onSubmit={onSubmit} noValidate className="flex flex-col gap-4">
      <TextField
        label={t("start.user")}
        name="user"
        autoComplete="username"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        required
        value={user}
        onChange={(event) => setUser(event.target.value)}
        error={errors.user}
        hint={mode === "register" ? t("start.userHint") : undefined}
      />
      {mode === "register" && (
        <TextField
          label={t("start.name")}
          name="name"
          autoComplete="name"
          maxLength={128}
          value={name}
          onChange={(event) => setName(event.target.value)}
          hint={t("start.nameHint")}
        />
      )}
      <PasswordField mode={mode} value={password} onChange={setPassword} error={errors.password} />
      <FormNote text={errors.form} leftMs={leftMs} />
      <Button type="submit" variant="primary" size="lg" busy={busy} disabled={leftMs > 0}>
        {t(mode === "register" ? "start.register" : "start.signIn")}
      </Button>
    </form>
  );
}

function FormNote({ text, leftMs }: { text: string | undefined; leftMs: number }) {
  const t = useT();
  // Heard once with the whole time, seen counting down.
  const counted = leftMs > 0 && t("error.tooManyAttempts", { time: waitText(t, leftMs) });
  return (
    <div role="alert" className="empty:hidden">
      {text !== undefined && (
        <p className="flex items-start gap-2.5 rounded-xl bg-danger-soft px-3.5 py-3 text-sm text-danger-text">
          <TriangleAlert size={18} aria-hidden="true" className="mt-px shrink-0" />
          <span className={counted === false ? "" : "sr-only"}>{text}</span>
          {counted !== false && (
            <span aria-hidden="true" className="tabular-nums">
              {counted}
            </span>
          )}
        </p>
      )}
    </div>
  );
}
