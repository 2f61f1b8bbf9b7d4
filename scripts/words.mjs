/** What the set-up says, in English and Chinese. Plain functions, because they run before any package is there. */

const en = {
  install: "Installing packages (once, about 500 MB)",
  update: "Updating packages (they are not those of the lock file)",
  runtime: "Setting up the Bun runtime",
  client: "Building the client SDK",
  web: "Building the web client",
  waiting: "Waiting for the set-up that another command runs",
  done: (seconds) => `done in ${seconds} s`,
  late: (seconds) => `Not done after ${seconds} s: ended.`,
  node: (wanted, found) =>
    `Godwit needs Node ${wanted} or newer for its set-up, and this is Node ${found}.\n` +
    "Install a newer Node (https://nodejs.org), then run the same command again.",
  locked: (file) =>
    `Another command still holds ${file}. If none is running, delete that file and try again.`,
  network: () =>
    "The package registry cannot be reached. Check the network, and the proxy if you use one (npm config set proxy URL),\n" +
    "then run the same command again.",
  permission: (root) =>
    `No permission to write in ${root}\nRun the command as the user who owns that folder, or clone into one that you may write to.`,
  space: () => "The disk is full. The packages need about 500 MB; free some room and try again.",
  mismatch: () =>
    "package.json and package-lock.json do not agree. Run `npm install`, and commit the new lock file if you changed a dependency.",
  missing: () =>
    "A program that the set-up needs is missing. Check that npm is installed, delete the folder node_modules and try again.",
  failed: () => "The set-up failed:",
};

/** @type {typeof en} */
const zh = {
  install: "正在安装依赖包（仅首次，约 500 MB）",
  update: "正在更新依赖包（与锁文件不一致）",
  runtime: "正在安装 Bun 运行时",
  client: "正在构建客户端 SDK",
  web: "正在构建网页客户端",
  waiting: "另一条命令正在做准备工作，等待其完成",
  done: (seconds) => `完成，用时 ${seconds} 秒`,
  late: (seconds) => `${seconds} 秒后仍未完成，已终止。`,
  node: (wanted, found) =>
    `Godwit 的准备工作需要 Node ${wanted} 或更高版本，当前是 Node ${found}。\n请安装新版 Node（https://nodejs.org），然后重新运行同一条命令。`,
  locked: (file) => `另一条命令仍占用着 ${file}。如果没有命令在运行，请删除该文件后重试。`,
  network: () =>
    "无法连接软件包仓库。请检查网络；如果使用代理，请检查代理设置（npm config set proxy URL），\n然后重新运行同一条命令。",
  permission: (root) =>
    `没有写入 ${root} 的权限\n请以该目录所有者的身份运行，或克隆到有写权限的目录。`,
  space: () => "磁盘已满。依赖包约需 500 MB，请腾出空间后重试。",
  mismatch: () =>
    "package.json 与 package-lock.json 不一致。请运行 `npm install`；如果改动过依赖，请提交新的锁文件。",
  missing: () => "缺少准备工作所需的程序。请确认已安装 npm，删除 node_modules 目录后重试。",
  failed: () => "准备工作失败：",
};

/**
 * The words in the language of the person: GODWIT_LANG, else the locale, in the order of POSIX.
 * @param {Record<string, string | undefined>} env
 */
export function words(env = process.env) {
  const named = [env.GODWIT_LANG, env.LC_ALL, env.LC_MESSAGES, env.LANG].find(Boolean);
  return named?.startsWith("zh") ? zh : en;
}
