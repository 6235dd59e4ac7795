using Tessera.Insight.Detection;
using Tessera.Models.Files;
using Tessera.Tensors;

namespace Tessera.Insight.Tests.Detection;

public sealed class TokenFrequencyTableTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tessera-frequencies-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string File(string name) => Path.Combine(_folder, name);

    [Fact]
    public void CountingStopsAtTheBoundOfADocument()
    {
        var counter = new TokenFrequencyCounter(4) { TokensPerDocument = 3 };
        counter.Add([1, 1, 2, 3, 3]);
        counter.Add([2]);
        var table = counter.ToTable();
        (table.Count(0), table.Count(1), table.Count(2), table.Count(3)).ShouldBe((0L, 2L, 2L, 0L));
        (table.Total, table.Documents).ShouldBe((4L, 2L));
        Enumerable.Range(0, 4).Sum(table.Probability).ShouldBe(1, 1e-15);
        Should.Throw<ArgumentOutOfRangeException>(() => counter.Add([0, 4]));
        counter.ToTable().Count(0).ShouldBe(0); // nothing of a refused document
        Should.Throw<InvalidOperationException>(() => counter.Add("text"));
    }

    [Theory]
    [InlineData(7L, 32 * 4)]
    [InlineData(5_000_000_000L, 32 * 8)]
    public void WhatIsSavedIsReadBackAndSmall(long most, int dataBytes)
    {
        var counts = Enumerable.Range(0, 32).Select(i => i == 9 ? most : i).ToArray();
        new TokenFrequencyTable(counts, "abc", 12).Save(File("t"));
        var read = TokenFrequencyTable.Load(File("t"));
        Enumerable.Range(0, 32).Select(read.Count).ShouldBe(counts);
        (read.Tokenizer, read.Documents, read.Total).ShouldBe(("abc", 12L, counts.Sum()));
        new FileInfo(File("t")).Length.ShouldBeInRange(dataBytes, dataBytes + 300);
    }

    [Fact]
    public void AFileThatEndsEarlyIsRefusedWhereverItEnds()
    {
        new TokenFrequencyTable([1, 2, 3], "abc", 1).Save(File("whole"));
        var whole = System.IO.File.ReadAllBytes(File("whole"));
        for (var length = 0; length < whole.Length; length++)
        {
            System.IO.File.WriteAllBytes(File("cut"), whole[..length]);
            Should.Throw<MalformedInputException>(() => TokenFrequencyTable.Load(File("cut")), $"at {length}");
        }
    }

    [Fact]
    public void WrongTensorsAreRefused()
    {
        Refuse("counts", Tensor.FromValues([1, 2], 2));
        Refuse("counts", Tensor.Create(TensorFormat.I64, 2, 2));
        Refuse("counts", Tensor.Create(TensorFormat.I64, 0));
        Refuse("other", Tensor.Create(TensorFormat.I64, 2));
        var negative = Tensor.Create(TensorFormat.I32, 1);
        unsafe
        {
            *(int*)negative.Data = -1;
        }

        Refuse("counts", negative);
        Refuse("counts", Tensor.Create(TensorFormat.I64, 2), ("documents", "-1"));
        Refuse("counts", Tensor.Create(TensorFormat.I64, 2), ("tessera.frequencies", null));
        Should.Throw<UnsupportedFeatureException>(() => Load("counts", Tensor.Create(TensorFormat.I64, 2), ("tessera.frequencies", "2")));
    }

    [Fact]
    public void CountsBelongToTheirTokenizer()
    {
        var tokenizer = SharedModel.Get().Text.Tokenizer;
        var counter = new TokenFrequencyCounter(tokenizer);
        counter.Add("The river runs past the mill.");
        counter.ToTable().Save(File("t"));
        TokenFrequencyTable.Load(File("t"), tokenizer).Total.ShouldBe(7);
        new TokenFrequencyTable(new long[tokenizer.VocabularySize], "of another").Save(File("other"));
        Should.Throw<MalformedInputException>(() => TokenFrequencyTable.Load(File("other"), tokenizer)).Reason.ShouldContain("another tokenizer");
        new TokenFrequencyTable(new long[5]).Save(File("short"));
        Should.Throw<MalformedInputException>(() => TokenFrequencyTable.Load(File("short"), tokenizer)).Reason.ShouldContain("5 tokens");
    }

    [Fact]
    public void WrongCountsAreRefused()
    {
        Should.Throw<ArgumentException>(() => new TokenFrequencyTable([]));
        Should.Throw<ArgumentException>(() => new TokenFrequencyTable([1, -1]));
        Should.Throw<ArgumentException>(() => new TokenFrequencyTable([long.MaxValue, 1]));
    }

    private void Refuse(string name, Tensor tensor, (string Key, string? Value)? change = null) => Should.Throw<MalformedInputException>(() => Load(name, tensor, change));

    private TokenFrequencyTable Load(string name, Tensor tensor, (string Key, string? Value)? change)
    {
        var writer = new SafetensorsWriter();
        writer.Metadata["tessera.frequencies"] = "1";
        writer.Metadata["documents"] = "0";
        if (change is { } changed)
        {
            if (changed.Value is null) writer.Metadata.Remove(changed.Key);
            else writer.Metadata[changed.Key] = changed.Value;
        }

        writer.Add(name, tensor);
        writer.Save(File("w"));
        return TokenFrequencyTable.Load(File("w"));
    }
}
