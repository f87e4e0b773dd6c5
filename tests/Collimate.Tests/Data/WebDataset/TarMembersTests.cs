using System.Formats.Tar;
using System.Text;
using Collimate.Data;
using Collimate.Data.WebDataset;

namespace Collimate.Tests.Data.WebDataset;

public sealed class TarMembersTests
{
    private const int Mutations = 10_000;

    [Theory]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.Gnu)]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.V7)]
    public void Read_EveryForm_FindsNamesPlacesAndLengths(TarEntryFormat format)
    {
        var bytes = HandMadeData.Tar(format, ("a.txt", "first"u8.ToArray()), ("b/c.json", new byte[513]), ("b/empty.txt", []), ("d.txt", "last"u8.ToArray()));

        var found = Members(bytes);

        Assert.Equal([("a.txt", 5), ("b/c.json", 513), ("b/empty.txt", 0), ("d.txt", 4)], found.Select(member => (member.Name, (int)member.Length)));
        Assert.Equal("first", Encoding.UTF8.GetString(bytes, (int)found[0].Start, 5));
        Assert.Equal("last", Encoding.UTF8.GetString(bytes, (int)found[3].Start, 4));
    }

    [Theory]
    [InlineData(TarEntryFormat.Gnu)]
    [InlineData(TarEntryFormat.Pax)]
    public void Read_LongNames_AreWhole(TarEntryFormat format)
    {
        var name = string.Join('/', Enumerable.Repeat("a folder with a long name, é", 20)) + "/x.png";
        Assert.Equal([name, "y.png"], Members(HandMadeData.Tar(format, (name, [1]), ("y.png", [2]))).Select(member => member.Name));
    }

    [Fact]
    public void Read_PrefixOfUstar_BelongsToTheName()
    {
        var name = new string('p', 90) + "/" + new string('n', 90) + ".png";
        Assert.Equal([name], Members(HandMadeData.Tar(TarEntryFormat.Ustar, (name, [1]))).Select(member => member.Name));
    }

    [Fact]
    public void Read_FoldersDotsAndGlobalHeaders_ArePassedOver()
    {
        var bytes = new MemoryStream();
        using (var writer = new TarWriter(bytes, TarEntryFormat.Pax, leaveOpen: true))
        {
            writer.WriteEntry(new PaxGlobalExtendedAttributesTarEntry(new Dictionary<string, string> { ["comment"] = "made by hand", ["path"] = "everywhere" }));
            writer.WriteEntry(new PaxTarEntry(TarEntryType.Directory, "./folder/"));
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "./folder/a.txt") { DataStream = new MemoryStream([1]) });
        }

        Assert.Equal(["folder/a.txt"], Members(bytes.ToArray()).Select(member => member.Name));
    }

    [Fact]
    public void Read_SizeInBase256_IsUnderstood()
    {
        var bytes = Header("a.txt", size: 0, type: '0');
        bytes.AsSpan(124, 12).Clear();
        (bytes[124], bytes[134], bytes[135]) = (0x80, 1, 2);
        Assert.Equal(258, Assert.Single(Members([.. Sealed(bytes), .. new byte[512 + 1024]])).Length);
    }

    public static TheoryData<string, byte[], string> Hostile => new()
    {
        { "nothing", [], "shorter than a header" },
        { "no archive", new string('x', 600).Select(c => (byte)c).ToArray(), "no octal number" },
        { "a name that leads out", [.. Header("../a.txt", 0, '0'), .. End], "'../a.txt' leads out" },
        { "a name that leads out in the middle", [.. Header("a/../../b.txt", 0, '0'), .. End], "leads out" },
        { "an absolute name", [.. Header("/etc/passwd.txt", 0, '0'), .. End], "leads out" },
        { "a name of Windows", [.. Header("C:\\a.txt", 0, '0'), .. End], "leads out" },
        { "a backslash", [.. Header("..\\a.txt", 0, '0'), .. End], "leads out" },
        { "a long name that leads out", [.. Header("x", 9, 'L'), .. Block("../b.txt\0"), .. Header("x", 0, '0'), .. End], "'../b.txt' leads out" },
        { "an extended path that leads out", [.. Header("x", 17, 'x'), .. Block("17 path=../b.txt\n"), .. Header("x", 0, '0'), .. End], "'../b.txt' leads out" },
        { "a link", [.. Header("a.txt", 0, '2'), .. End], "'a.txt' is a link" },
        { "a hard link", [.. Header("a.txt", 0, '1'), .. End], "is a link" },
        { "a device", [.. Header("a.txt", 0, '3'), .. End], "is a device" },
        { "a sparse file", [.. Header("a.txt", 0, 'S'), .. End], "is a sparse file" },
        { "a sparse file of pax", [.. Header("x", 22, 'x'), .. Block("22 GNU.sparse.major=1\n"), .. Header("x", 0, '0'), .. End], "sparse file" },
        { "an unknown type", [.. Header("a.txt", 0, '?'), .. End], "unknown type '?'" },
        { "a size beyond the end", [.. Header("a.txt", 5000, '0'), .. End], "5,000 bytes is announced, but only 1,024 follow" },
        { "an endless long name", [.. Header("x", 8_000, 'L'), .. new byte[8192], .. End], "where 4,097 are the most" },
        { "an endless extended header", [.. Header("x", 2_000_000, 'x'), .. new byte[2_000_384], .. End], "where 1,048,576 are the most" },
        { "a broken extended header", [.. Header("x", 9, 'x'), .. Block("99 path=x"), .. Header("x", 0, '0'), .. End], "not of the form LENGTH KEY=VALUE" },
        { "a record without length", [.. Header("x", 9, 'x'), .. Block("0 path=x\n"), .. Header("x", 0, '0'), .. End], "not of the form LENGTH KEY=VALUE" },
        { "an extended size that is no number", [.. Header("x", 11, 'x'), .. Block("11 size=-1\n"), .. Header("x", 0, '0'), .. End], "size is no number" },
        { "an extended size beyond the end", [.. Header("x", 28, 'x'), .. Block("28 size=9223372036854775807\n"), .. Header("x", 0, '0'), .. End], "is announced" },
        { "a negative size", [.. Sealed(With(Header("a.txt", 0, '0'), 124, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE])), .. End], "negative" },
        { "a size beyond 64 bits", [.. Sealed(With(Header("a.txt", 0, '0'), 124, [0x80, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE])), .. End], "beyond all measure" },
        { "a wrong checksum", [.. With(Header("a.txt", 0, '0'), 0, "b"u8.ToArray()), .. End], "the checksum of the header is" },
        { "a name that is no text", [.. Sealed(With(Header("a.txt", 0, '0'), 0, [0xFF])), .. End], "not UTF-8" },
        { "no end", Header("a.txt", 0, '0'), "ends without its closing block" },
        { "an end after a long name", [.. Header("x", 2, 'L'), .. Block("y\0"), .. End], "ends where a member should follow" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Read_HostileArchive_IsRefusedWithItsPlace(string what, byte[] bytes, string expected)
    {
        var failure = Assert.Throws<DataException>(() => Members(bytes));
        Assert.True(failure.Message.Contains(expected, StringComparison.Ordinal), $"{what}: {failure.Message}");
        Assert.StartsWith("shard.tar, byte ", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.Gnu)]
    [InlineData(TarEntryFormat.Pax)]
    public void Read_CutAnywhere_IsRefused(TarEntryFormat format)
    {
        var whole = HandMadeData.Tar(format, ("a.txt", new byte[700]), (new string('n', 60) + "/" + new string('n', 60) + ".txt", new byte[3]));
        for (var length = 0; length <= whole.Length - 1024; length++)
        {
            Assert.Throws<DataException>(() => Members(whole[..length]));
        }
    }

    [Theory]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.Gnu)]
    [InlineData(TarEntryFormat.Pax)]
    public void Read_ManyMutations_AreReadWithinTheFileOrRefused(TarEntryFormat format)
    {
        var sound = HandMadeData.Tar(format, ("a.png", new byte[30]), ("a.txt", "x"u8.ToArray()), (string.Join('/', Enumerable.Repeat("folder", 15)) + "/b.png", new byte[600]), ("b.json", "{}"u8.ToArray()));
        var random = new Random(7 + (int)format);
        var (read, refused) = (0, 0);
        for (var k = 0; k < Mutations; k++)
        {
            var bytes = Mutate(sound, random);
            try
            {
                Assert.All(Members(bytes), member =>
                {
                    Assert.InRange(member.Start + member.Length, 512, bytes.Length);
                    Assert.DoesNotContain("..", member.Name.Split('/', '\\'));
                });
                Shard.Read(new MemoryStream(bytes), "shard.tar", default);
                read++;
            }
            catch (DataException)
            {
                refused++;
            }
            catch (Exception other) when (other is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"mutation {k}: {other}");
            }
        }

        Assert.True(read > Mutations / 50 && refused > Mutations / 50, $"{read} read, {refused} refused");
    }

    private static byte[] End => new byte[1024];

    private static List<TarMember> Members(byte[] bytes)
    {
        var found = new List<TarMember>();
        TarMembers.Read(new MemoryStream(bytes), "shard.tar", found.Add);
        return found;
    }

    // Half of the changes get a sound checksum, so that what lies behind it is reached.
    private static byte[] Mutate(byte[] sound, Random random)
    {
        var bytes = sound.ToArray();
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var block = random.Next(bytes.Length / 512) * 512;
            if (random.Next(10) == 0)
            {
                return bytes[..random.Next(bytes.Length)];
            }

            var field = ((int Start, int Length)[])[(0, 100), (124, 12), (148, 8), (156, 1), (257, 8), (345, 155), (0, 512)];
            var (start, length) = field[random.Next(field.Length)];
            for (var changes = random.Next(1, 6); changes > 0; changes--)
            {
                bytes[block + start + random.Next(length)] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)"01234567./xLgK\0\\= "[random.Next(18)];
            }

            if (random.Next(2) == 0)
            {
                Sealed(bytes.AsSpan(block, 512));
            }
        }

        return bytes;
    }

    private static byte[] Header(string name, long size, char type)
    {
        var block = new byte[512];
        Encoding.UTF8.GetBytes(name).CopyTo(block, 0);
        Encoding.ASCII.GetBytes("0000644\0").CopyTo(block, 100);
        Encoding.ASCII.GetBytes(Convert.ToString(size, 8).PadLeft(11, '0')).CopyTo(block, 124);
        block[156] = (byte)type;
        "ustar\000"u8.CopyTo(block.AsSpan(257));
        return Sealed(block);
    }

    private static byte[] Block(string data)
    {
        var block = new byte[512];
        Encoding.UTF8.GetBytes(data).CopyTo(block, 0);
        return block;
    }

    private static byte[] With(byte[] block, int at, byte[] bytes)
    {
        bytes.CopyTo(block, at);
        return block;
    }

    private static byte[] Sealed(byte[] block)
    {
        Sealed(block.AsSpan());
        return block;
    }

    private static void Sealed(Span<byte> block)
    {
        block.Slice(148, 8).Fill((byte)' ');
        var sum = 0;
        foreach (var value in block)
        {
            sum += value;
        }

        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(block[148..]);
    }
}
