import process from "node:process";
import platformClient from "purecloud-platform-client-v2";

const { GENESYS_API_BASE, GENESYS_CLIENT_ID, GENESYS_CLIENT_SECRET, INTERVAL } = process.env;
const address = new URL(GENESYS_API_BASE);
const client = platformClient.ApiClient.instance;
client.config.live_reload_config = false;
client.setGateway({
  host: address.hostname, protocol: "http", port: address.port, path_params_login: "", path_params_api: "",
});
await client.loginClientCredentialsGrant(GENESYS_CLIENT_ID, GENESYS_CLIENT_SECRET);
const analytics = new platformClient.AnalyticsApi();

const aggregates = await analytics.postAnalyticsConversationsAggregatesQuery({
  interval: INTERVAL, metrics: ["tHandle"], groupBy: ["mediaType"],
});
const { jobId } = await analytics.postAnalyticsConversationsDetailsJobs({ interval: INTERVAL });
const { state } = await analytics.getAnalyticsConversationsDetailsJob(jobId);
const ids = [];
let cursor;
do {
  const page = await analytics.getAnalyticsConversationsDetailsJobResults(jobId, { pageSize: 40, cursor });
  ids.push(...page.conversations.map((conversation) => conversation.conversationId));
  cursor = page.cursor;
} while (cursor);
await analytics.deleteAnalyticsConversationsDetailsJob(jobId);
const gone = await analytics.getAnalyticsConversationsDetailsJob(jobId).catch((error) => error.status);
process.stdout.write(JSON.stringify({ aggregates, state, ids, gone }));
process.exit(0);
