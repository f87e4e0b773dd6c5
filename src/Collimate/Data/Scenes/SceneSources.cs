namespace Collimate.Data.Scenes;

/// <summary>Where the world's raw material lies: the defaults are the places of the Debian packages.</summary>
public sealed record SceneSources
{
    /// <summary>English names and keywords (Debian package <c>unicode-cldr-core</c>).</summary>
    public string AnnotationsFile { get; init; } = "/usr/share/unicode/cldr/common/annotations/en.xml";

    /// <summary>The list of emoji by group (Debian package <c>unicode-data</c>).</summary>
    public string EmojiTestFile { get; init; } = "/usr/share/unicode/emoji/emoji-test.txt";

    /// <summary>The colour font's file (Debian package <c>fonts-noto-color-emoji</c>).</summary>
    public string FontFile { get; init; } = "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf";

    /// <summary>Where rendered glyphs are kept between runs.</summary>
    public string CacheFolder { get; init; } = Path.Combine(UserCacheFolder(), "collimate");

    private static string UserCacheFolder() =>
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } folder && Path.IsPathRooted(folder)
            ? folder
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
}
