using FsCheck;

namespace Collimate.Testing;

/// <summary>How properties are tried: from one seed, so that a run that passed passes again, or from another where <c>COLLIMATE_PROPERTY_SEED</c> says so.</summary>
/// <remarks><c>COLLIMATE_PROPERTY_SEED=random ./test</c> draws anew, which finds what one seed never shows; a number tries that seed. What failed is printed with what replays it.</remarks>
internal static class Properties
{
    private const ulong Gamma = 0x9E3779B97F4A7C15;
    private const ulong Usual = 20261121;

    /// <summary>Throws where a property does not hold.</summary>
    public static Config Hold { get; } = Environment.GetEnvironmentVariable("COLLIMATE_PROPERTY_SEED") switch
    {
        null or "" => From(Usual),
        "random" => Config.QuickThrowOnFailure,
        var seed => From(ulong.Parse(seed, System.Globalization.CultureInfo.InvariantCulture)),
    };

    private static Config From(ulong seed) => Config.QuickThrowOnFailure.WithReplay(seed, Gamma);
}
