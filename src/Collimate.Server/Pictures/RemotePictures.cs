using System.Net;
using System.Net.Sockets;
using Collimate.Server.Hosting;
using Collimate.Server.Protocol;

namespace Collimate.Server.Pictures;

/// <summary>
/// Fetches pictures from hosts that were allowed by name, and from none by default. The address that a name stands for is looked at when the connection is
/// made, not before, so that a name cannot stand for one address when it is checked and for another when it is used; nobody is sent on to another place.
/// </summary>
internal sealed class RemotePictures : IDisposable
{
    private readonly ServerOptions options;
    private readonly HttpClient client;

    /// <param name="options">The hosts and limits.</param>
    /// <param name="resolve">What a name stands for; the system's resolver where null.</param>
    /// <param name="isOpen">Whether an address may be asked; <see cref="AddressRules.IsPublic"/> where null.</param>
    public RemotePictures(ServerOptions options, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null, Func<IPAddress, bool>? isOpen = null)
    {
        this.options = options;
        resolve ??= Dns.GetHostAddressesAsync;
        isOpen ??= AddressRules.IsPublic;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, UseProxy = false, UseCookies = false, AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = options.FetchTimeout, MaxResponseHeadersLength = 32, PooledConnectionLifetime = TimeSpan.FromMinutes(1),
            ConnectCallback = async (context, cancellation) =>
            {
                var addresses = await resolve(context.DnsEndPoint.Host, cancellation).ConfigureAwait(false);
                // One address that is not open is enough: the name is not to be trusted.
                if (addresses.Length == 0 || !Array.TrueForAll(addresses, address => isOpen(address)))
                {
                    throw new RefusedAddressException();
                }

                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancellation).ConfigureAwait(false);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
        client = new HttpClient(handler) { Timeout = options.FetchTimeout, MaxResponseContentBufferSize = options.PictureLimits.MaxBytes };
        client.DefaultRequestHeaders.UserAgent.ParseAdd("collimate");
    }

    /// <summary>Fetches a picture.</summary>
    /// <param name="url">Where it is.</param>
    /// <param name="parameter">The part of the request, for messages.</param>
    /// <param name="cancellation">Ends the fetch.</param>
    /// <exception cref="ApiException">It is not to be had from there.</exception>
    public async Task<(string? Type, byte[] Data)> Fetch(string url, string parameter, CancellationToken cancellation)
    {
        var address = Allowed(url, parameter);
        try
        {
            using var response = await client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                throw Failed(parameter);
            }

            if (response.Content.Headers.ContentLength > options.PictureLimits.MaxBytes)
            {
                throw ApiException.Invalid($"The picture has more than {options.PictureLimits.MaxBytes} bytes, the most that are read.", parameter, "image_too_large");
            }

            await response.Content.LoadIntoBufferAsync(options.PictureLimits.MaxBytes, cancellation).ConfigureAwait(false);
            return (response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false));
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or SocketException or RefusedAddressException || (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw Failed(parameter); // nothing of what stands behind the address is told
        }
    }

    public void Dispose() => client.Dispose();

    private Uri Allowed(string url, string parameter)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            throw ApiException.Invalid("A picture comes as a data: URL with the file in base64.", parameter, "invalid_image_url");
        }

        if (options.PictureHosts.Count == 0)
        {
            throw ApiException.Invalid("This server does not fetch pictures. Send the picture itself, as a data: URL.", parameter, "image_fetching_off");
        }

        var isAllowed = options.PictureHosts.Any(host => host.Contains(':', StringComparison.Ordinal)
            ? string.Equals(host, $"{address.IdnHost}:{address.Port}", StringComparison.OrdinalIgnoreCase)
            : address.IsDefaultPort && string.Equals(host, address.IdnHost, StringComparison.OrdinalIgnoreCase));
        return isAllowed && address.UserInfo.Length == 0 ? address : throw ApiException.Invalid(
            "This server does not fetch pictures from that host. Send the picture itself, as a data: URL.", parameter, "image_host_not_allowed");
    }

    private static ApiException Failed(string parameter) =>
        ApiException.Invalid("The picture could not be fetched from there. Send the picture itself, as a data: URL.", parameter, "image_not_fetched");

    private sealed class RefusedAddressException : Exception;
}
