using System.Text;
using Collimate.Data;
using Collimate.Data.Records;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Data.Records;

public sealed class TableRowTests
{
    [Theory]
    [InlineData("a,b,c", "a|b|c")]
    [InlineData(",,", "||")]
    [InlineData("", "")]
    [InlineData("\"a,b\",\"say \"\"hi\"\"\",\"\"", "a,b|say \"hi\"|")]
    [InlineData("\"line\nend\",x", "line\nend|x")]
    public void Fields_WellFormed_AreTakenApart(string row, string expected) => Assert.Equal(expected, string.Join('|', TableRow.Fields(Encoding.UTF8.GetBytes(row), ',', "t.csv, line 3")));

    [Theory]
    [InlineData("\"a\"b,c", "after the quoted field 1 stands 'b'")]
    [InlineData("5\" tall,c", "a field holds a double quote")]
    [InlineData("\"open", "never closed")]
    public void Fields_Malformed_NamesTheLine(string row, string expected)
    {
        var failure = Assert.Throws<DataException>(() => TableRow.Fields(Encoding.UTF8.GetBytes(row), ',', "t.csv, line 3"));
        Assert.StartsWith("t.csv, line 3: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fields_WhatWasQuoted_ComesBack() => Check.One(Properties.Hold, Prop.ForAll(
        Gen.ArrayOf(Gen.Elements("a", "\"", ",", "\n", "é", ""), 12).ToArbitrary(), parts =>
        {
            var fields = parts.Chunk(3).Select(chunk => string.Concat(chunk)).ToArray();
            var row = string.Join(',', fields.Select(field => $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\""));
            Assert.Equal(fields, TableRow.Fields(Encoding.UTF8.GetBytes(row), ',', "t.csv"));
        }));
}
