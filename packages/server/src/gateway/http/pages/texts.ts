import type { Language } from "./language.ts";

export interface Texts {
  readonly htmlLang: string;
  readonly title: string;
  /** Phrase by phrase: a narrow screen breaks between them. */
  readonly claim: readonly string[];
  readonly about: string;
  readonly ready: string;
  readonly notReady: string;
  readonly tryTitle: string;
  readonly tryIntro: string;
  readonly terminal: string;
  readonly tryAfter: string;
  readonly programTitle: string;
  readonly programIntro: string;
  readonly addressesTitle: string;
  readonly addresses: {
    readonly ws: string;
    readonly docs: string;
    readonly openapi: string;
    readonly livez: string;
    readonly readyz: string;
    readonly metrics: string;
  };
  readonly administratorTitle: string;
  readonly administrator: string;
  readonly otherLanguage: string;
  readonly back: string;
  readonly docsTitle: string;
  readonly docsIntro: string;
  readonly groups: {
    readonly accounts: string;
    readonly administration: string;
    readonly commands: string;
  };
  readonly audience: { readonly anyone: string; readonly user: string; readonly admin: string };
  readonly body: string;
  readonly query: string;
  readonly answer: string;
  readonly failures: string;
  readonly notFoundTitle: string;
  readonly notFound: string;
}

const en: Texts = {
  htmlLang: "en",
  title: "Godwit",
  claim: ["A message handed over arrives. ", "Once, and in order."],
  about:
    "A Godwit messaging server runs here: direct and group messages over WebSocket and HTTP, on durable storage, with nothing else to install.",
  ready: "ready",
  notReady: "not ready",
  tryTitle: "Two people, two terminals",
  tryIntro: "In the folder of your clone, open two terminals.",
  terminal: "Terminal",
  tryAfter:
    "Each asks for a password and offers to make the account if there is none. Write in one, read in the other.",
  programTitle: "From a program",
  programIntro:
    "Every command is also one HTTP request. Register erin, and write to alice with the token that comes back.",
  addressesTitle: "What answers here",
  addresses: {
    ws: "WebSocket, JSON or binary frames",
    docs: "The HTTP API, operation by operation",
    openapi: "The same for generators (OpenAPI 3.1)",
    livez: "Is the process alive?",
    readyz: "May traffic be sent here?",
    metrics: "Figures for Prometheus",
  },
  administratorTitle: "Administrator",
  administrator:
    "The first start printed the password of the user admin, once, where the server was started.",
  otherLanguage: "中文",
  back: "Start page",
  docsTitle: "HTTP API",
  docsIntro:
    "Send JSON, and the token as “Authorization: Bearer …”. A failure is one object with code, name, message, retryable and, where known, retryAfterMs; its HTTP status is the code divided by ten.",
  groups: { accounts: "Accounts", administration: "Administration", commands: "Commands" },
  audience: { anyone: "no token", user: "token", admin: "administrator's token" },
  body: "Body",
  query: "Query parameters",
  answer: "Answer",
  failures: "Failures",
  notFoundTitle: "Nothing here",
  notFound: "There is no page at this address.",
};

const zh: Texts = {
  htmlLang: "zh-CN",
  title: "Godwit",
  claim: ["消息交到这里，", "就会送达：", "不丢，不重，", "不乱序。"],
  about:
    "这里运行着一台 Godwit 即时通讯服务器：通过 WebSocket 和 HTTP 收发单聊与群聊消息，数据可靠落盘，无需安装其他组件。",
  ready: "已就绪",
  notReady: "未就绪",
  tryTitle: "两个人，两个终端",
  tryIntro: "在克隆下来的目录里打开两个终端。",
  terminal: "终端",
  tryAfter: "按提示输入密码；账号不存在时可当场创建。在一边输入，在另一边就能看到。",
  programTitle: "用程序调用",
  programIntro: "每条命令也都是一个 HTTP 请求。注册 erin，再用返回的令牌给 alice 发消息。",
  addressesTitle: "这里提供的地址",
  addresses: {
    ws: "WebSocket，JSON 或二进制帧",
    docs: "HTTP API 文档，逐项列出",
    openapi: "同样的内容，供代码生成器使用（OpenAPI 3.1）",
    livez: "进程是否存活",
    readyz: "是否可以接收流量",
    metrics: "供 Prometheus 采集的指标",
  },
  administratorTitle: "管理员",
  administrator: "首次启动时，服务器在启动它的终端里打印过一次 admin 用户的密码。",
  otherLanguage: "English",
  back: "首页",
  docsTitle: "HTTP API",
  docsIntro:
    "请求体为 JSON，令牌放在 “Authorization: Bearer …” 请求头里。失败时返回一个对象，包含 code、name、message、retryable，已知时还有 retryAfterMs；HTTP 状态码等于 code 除以十。",
  groups: { accounts: "账号", administration: "管理", commands: "命令" },
  audience: { anyone: "无需令牌", user: "需要令牌", admin: "需要管理员令牌" },
  body: "请求体",
  query: "查询参数",
  answer: "返回",
  failures: "失败",
  notFoundTitle: "没有找到",
  notFound: "这个地址没有页面。",
};

export const textsOf = (language: Language): Texts => (language === "zh" ? zh : en);
