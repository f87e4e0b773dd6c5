namespace Collimate.Data.WebDataset;

/// <summary>Lists the files of a tar archive by reading its headers alone, one after the other; nothing is ever written to disk.</summary>
/// <remarks>
/// Archives come from strangers: names that lead out of the archive's folder, links, devices, sparse files, sizes that do not fit the file, headers of
/// absurd length and archives that were cut off are refused, with the place.
/// </remarks>
internal sealed class TarMembers
{
    private const int LongestExtension = 1 << 20;
    private const int LongestName = 4096;

    private readonly Stream stream;
    private readonly string path;
    private string? longName;
    private PaxRecords? extended;

    private TarMembers(Stream stream, string path) => (this.stream, this.path) = (stream, path);

    /// <summary>Reads an archive.</summary>
    /// <param name="stream">The archive; must be able to seek.</param>
    /// <param name="path">What messages call it.</param>
    /// <param name="visit">Is handed every file, in the archive's order; folders are passed over.</param>
    /// <exception cref="DataException">It is damaged, cut off, or holds something other than files and folders; the message names the byte.</exception>
    internal static void Read(Stream stream, string path, Action<TarMember> visit)
    {
        var reader = new TarMembers(stream, path);
        var block = new byte[TarHeader.BlockSize];
        for (var position = 0L; reader.ReadHeader(position, block);)
        {
            position = reader.Take(position, block, visit);
        }
    }

    // False at the block of zeros that closes an archive.
    private bool ReadHeader(long position, byte[] block)
    {
        stream.Position = position;
        if (stream.ReadAtLeast(block, block.Length, throwOnEndOfStream: false) < block.Length)
        {
            throw Broken(position, position == 0
                ? "the file is shorter than a header; this is no tar archive"
                : "the archive ends without its closing block of zeros; it was cut off. Fetch it anew");
        }

        var goesOn = block.AsSpan().ContainsAnyExcept((byte)0);
        return goesOn || (longName is null && extended is null) ? goesOn : throw Broken(
            position, "the archive ends where a member should follow its long name or extended header; it was cut off. Fetch it anew");
    }

    /// <summary>Takes a header and what belongs to it.</summary>
    /// <returns>Where the next header stands.</returns>
    private long Take(long position, byte[] block, Action<TarMember> visit)
    {
        var header = new TarHeader(block, $"{path}, byte {position}");
        var type = header.Type;
        var isFile = type is '0' or '7';
        var size = (isFile ? extended?.Size : null) ?? header.Size;
        var (start, left) = (position + TarHeader.BlockSize, stream.Length - position - TarHeader.BlockSize);
        if (size > left)
        {
            throw Broken(position, $"a member of {size:N0} bytes is announced, but only {left:N0} follow; the archive was cut off or is damaged. Fetch it anew");
        }

        switch (type)
        {
            case 'L':
                longName = header.Text(Data(position, start, size, LongestName + 1));
                break;
            case 'x' or 'X':
                extended = PaxRecords.Parse(Data(position, start, size, LongestExtension), $"{path}, byte {position}");
                break;
            case 'g' or 'K': // what holds for the whole archive (a comment, mostly), or the long name of a link, which is refused itself
                _ = Data(position, start, size, LongestExtension);
                break;
            case '0' or '7' or '5':
                var name = Sound(position, extended?.Path ?? longName ?? header.Name);
                (longName, extended) = (null, null);
                if (isFile && !name.EndsWith('/'))
                {
                    visit(new TarMember(name, start, size));
                }

                break;
            default:
                var what = type switch { '1' or '2' => "a link", '3' or '4' or '6' => "a device or pipe", 'S' => "a sparse file", _ => $"of the unknown type '{type}'" };
                throw Broken(position, $"the member '{header.Name}' is {what}; only files and folders are read. Pack the archive anew with the files themselves");
        }

        // Data are filled up to whole blocks.
        return checked(start + ((size + TarHeader.BlockSize - 1) / TarHeader.BlockSize * TarHeader.BlockSize));
    }

    private byte[] Data(long position, long start, long size, int most)
    {
        if (size > most)
        {
            throw Broken(position, $"the extended header or long name is {size:N0} bytes long, where {most:N0} are the most; the archive is damaged or not meant well");
        }

        var data = new byte[size];
        stream.Position = start;
        stream.ReadExactly(data);
        return data;
    }

    private string Sound(long position, string name)
    {
        name = name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name;
        var isDrive = name.Length > 1 && name[1] == ':';
        if (name.Length > LongestName || name.Contains('\0') || name.StartsWith('/') || name.StartsWith('\\') || isDrive || name.Split('/', '\\').Contains(".."))
        {
            var shown = name.Length > 80 ? name[..79] + "…" : name;
            throw Broken(position, $"the member '{shown}' leads out of the archive's folder or has no sound name; pack the archive anew with relative names without '..'");
        }

        return name;
    }

    private DataException Broken(long position, string message) => new($"{path}, byte {position}", message, DataFault.Source);
}
