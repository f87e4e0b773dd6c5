using System.Security.Cryptography;
using System.Text;
using Collimate.Server.Protocol;
using Microsoft.AspNetCore.Http;

namespace Collimate.Server.Hosting;

/// <summary>Knows the keys that requests must bring. How long it takes to compare says nothing of how much of a key was right.</summary>
internal sealed class KeyRing
{
    private readonly byte[][] hashes;

    public KeyRing(IReadOnlyList<string> keys) => hashes = [.. keys.Select(key => SHA256.HashData(Encoding.UTF8.GetBytes(key)))];

    /// <summary>Whether a request needs a key.</summary>
    public bool IsNeeded => hashes.Length > 0;

    /// <summary>Refuses a request without a right key: <c>Authorization: Bearer KEY</c>, or, for browsers, the key as the password of basic authentication.</summary>
    /// <exception cref="ApiException">It has none, or a wrong one.</exception>
    public void Check(HttpContext context)
    {
        if (!IsNeeded)
        {
            return;
        }

        var header = context.Request.Headers.Authorization.ToString();
        var key = header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header["Bearer ".Length..].Trim()
            : header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase) ? Password(header["Basic ".Length..].Trim())
            : "";
        if (!Knows(key))
        {
            var isPage = context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
            context.Response.Headers.WWWAuthenticate = isPage ? "Basic realm=\"collimate: any name, and the API key as password\"" : "Bearer";
            throw ApiException.Unauthorized(isMissing: key.Length == 0);
        }
    }

    private bool Knows(string key)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(key));
        var isKnown = false;
        foreach (var known in hashes)
        {
            isKnown |= CryptographicOperations.FixedTimeEquals(known, hash);
        }

        return isKnown;
    }

    private static string Password(string encoded)
    {
        var bytes = new byte[encoded.Length];
        if (!Convert.TryFromBase64String(encoded, bytes, out var count))
        {
            return "";
        }

        var pair = Encoding.UTF8.GetString(bytes.AsSpan(0, count));
        return pair[(pair.IndexOf(':', StringComparison.Ordinal) + 1)..];
    }
}
