using Collimate.Data;
using Collimate.Server.Hosting;
using Collimate.Server.Protocol;
using Microsoft.AspNetCore.Http;

namespace Collimate.Server.Page;

/// <summary><c>GET /api/examples</c>: pictures and questions for whoever has none at hand; drawn when first asked for.</summary>
internal sealed class ExampleEndpoint
{
    private readonly Lazy<Task<ExampleList>> examples = new(() => Task.Run(() => new ExampleList(Draw())));

    /// <summary>Answers a request.</summary>
    public async Task Answer(HttpContext context) =>
        await RequestBody.Write(context, await examples.Value.WaitAsync(context.RequestAborted).ConfigureAwait(false), ServerJson.Default.ExampleList).ConfigureAwait(false);

    private static Example[] Draw()
    {
        try
        {
            return ExampleScenes.Draw();
        }
        catch (DataException)
        {
            return ExampleShapes.Draw(); // a server of other models need not have the gym's emoji
        }
    }
}
