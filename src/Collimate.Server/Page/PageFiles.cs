using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace Collimate.Server.Page;

/// <summary>
/// The page's own files, held in the assembly: the same bytes for everybody, and nothing of models or conversations in them.
/// So they are given out without a key; what the page then asks for needs one.
/// </summary>
internal static class PageFiles
{
    private const string Prefix = "page/";

    /// <summary>Scripts, styles and requests of this server alone; nothing inline, nothing embedded, nothing embedding.</summary>
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; " +
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

    private static readonly FrozenDictionary<string, PageFile> Files = Read();

    /// <summary>The paths under which they are found: <c>/</c> for the page itself, <c>/page/…</c> for its parts.</summary>
    public static IEnumerable<string> Paths => Files.Keys;

    /// <summary>Whether a request asks for what needs no key: a file of the page. The page itself needs none of a browser, which then asks its reader; programs are told.</summary>
    public static bool IsOpenTo(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)) && request.Path.Value is { } path && Files.ContainsKey(path)
        && (path != "/" || request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase));

    /// <summary>Gives out the file that a request asks for.</summary>
    public static async Task Answer(HttpContext context)
    {
        var (file, response) = (Files[context.Request.Path.Value!], context.Response);
        var headers = response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-cache"; // kept, but asked for again: a newer server brings newer files
        headers.ETag = file.Tag;
        if (context.Request.Headers.IfNoneMatch.ToString().Contains(file.Tag, StringComparison.Ordinal))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = file.Type;
        response.ContentLength = file.Bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(file.Bytes, context.RequestAborted).ConfigureAwait(false);
        }
    }

    private static FrozenDictionary<string, PageFile> Read()
    {
        var assembly = typeof(PageFiles).Assembly;
        return assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .ToFrozenDictionary(name => name == Prefix + "index.html" ? "/" : "/" + name, name => Read(assembly, name), StringComparer.Ordinal);
    }

    private static PageFile Read(Assembly assembly, string name)
    {
        using var resource = assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        var type = Path.GetExtension(name) switch
        {
            ".html" => "text/html; charset=utf-8",
            ".css" => "text/css; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            ".svg" => "image/svg+xml",
            var other => throw new InvalidOperationException($"the page holds {name}, and nothing says how a file that ends in '{other}' is served"),
        };
        return new PageFile(bytes, type, $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))[..24]}\"");
    }

    private sealed record PageFile(byte[] Bytes, string Type, string Tag);
}
