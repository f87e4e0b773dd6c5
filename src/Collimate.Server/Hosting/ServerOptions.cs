using Collimate.Imaging;

namespace Collimate.Server.Hosting;

/// <summary>Where a server listens, who may ask, and how much. The defaults are safe: this machine alone, no pictures fetched from elsewhere.</summary>
public sealed record ServerOptions
{
    /// <summary>The address it listens on.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>The port; 0 takes a free one.</summary>
    public int Port { get; init; } = 8000;

    /// <summary>Keys of which every request must bring one; without any, everyone who reaches the address may ask.</summary>
    public IReadOnlyList<string> ApiKeys { get; init; } = [];

    /// <summary>Names that requests may call this server by (the header <c>Host</c>), beside localhost and the address itself; <c>*</c> for any.</summary>
    /// <remarks>A page from elsewhere whose name was made to point at this machine would otherwise reach a server that only this machine should.</remarks>
    public IReadOnlyList<string> HostNames { get; init; } = [];

    /// <summary>The most bytes of a request.</summary>
    public long MaxBodyBytes { get; init; } = 32L << 20;

    /// <summary>The most pictures of a request.</summary>
    public int MaxPictures { get; init; } = 16;

    /// <summary>What a picture may ask for.</summary>
    public ImageLimits PictureLimits { get; init; } = new(MaxBytes: 16L << 20, MaxPixels: 40_000_000, MaxSide: 12_000, MaxAspect: 50, MaxFrames: 64);

    /// <summary>The most tokens of an answer, whatever a request asks for.</summary>
    public int MaxTokens { get; init; } = 1024;

    /// <summary>The most messages of a conversation.</summary>
    public int MaxMessages { get; init; } = 256;

    /// <summary>The most answers to one request; no more than a worker has slots.</summary>
    public int MaxChoices { get; init; } = 8;

    /// <summary>The most texts and pictures of a request for embeddings.</summary>
    public int MaxInputs { get; init; } = 256;

    /// <summary>Requests that are read, wait or are answered at once; what comes beyond them is told to come again.</summary>
    public int MaxRequests { get; init; } = 128;

    /// <summary>Hosts that pictures may be fetched from by http or https; none by default.</summary>
    public IReadOnlyList<string> PictureHosts { get; init; } = [];

    /// <summary>How long a picture may take to be fetched.</summary>
    public TimeSpan FetchTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a client may take for the lines before a request's body.</summary>
    public TimeSpan HeaderTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The fewest bytes a second at which a body must come and an answer be taken, after five seconds.</summary>
    public double MinBytesPerSecond { get; init; } = 240;

    /// <summary>How long answers that are being written may go on after the server was told to stop.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
