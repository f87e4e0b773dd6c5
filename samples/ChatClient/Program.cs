using Collimate.Server.Agents;
using Microsoft.Extensions.AI;

using IChatClient client = CollimateChatClient.Load(args[0]); // a run's folder, such as runs/demo
var picture = new DataContent(File.ReadAllBytes(args[1]), "image/png");
await foreach (var piece in client.GetStreamingResponseAsync([new ChatMessage(ChatRole.User, [picture, new TextContent(args[2])])]))
{
    Console.Write(piece.Text);
}
