// A host in one page: the official bridge, one sandboxed frame, and calls that go out to whoever drives the page.
import { AppBridge, PostMessageTransport } from "@modelcontextprotocol/ext-apps/app-bridge";

window.begin = async ({ asked, answer, theme }) => {
  const frame = document.querySelector("iframe");
  const bridge = new AppBridge(
    null,
    { name: "host-of-tests", version: "1" },
    { serverTools: {} },
    { hostContext: { theme } },
  );
  window.sizes = [];
  window.bridge = bridge;
  bridge.oncalltool = (params) => window.callTool(params);
  bridge.onsizechange = (size) => window.sizes.push(size);
  const ready = new Promise((resolve) => { bridge.oninitialized = resolve; });
  await bridge.connect(new PostMessageTransport(frame.contentWindow, frame.contentWindow));
  frame.src = "/view";
  await ready;
  await bridge.sendToolInput({ arguments: asked });
  await bridge.sendToolResult(answer);
};
