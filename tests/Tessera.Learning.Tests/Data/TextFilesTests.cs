using Tessera.Learning.Data;

namespace Tessera.Learning.Tests.Data;

public sealed class TextFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("texts").FullName;

    [Fact]
    public void ADirectoryGivesItsTextsInOrderAndJsonLinesOneDocumentEach()
    {
        Write("b.txt", "whole\nfile");
        Write("a.jsonl", "{\"text\": \"first\"}\n\n{\"text\": \"second\", \"other\": 1}\n");
        Write("ignored.bin", "x");

        TextFiles.Read([_folder]).ShouldBe(["first", "second", "whole\nfile"]);
    }

    [Fact]
    public void InvalidUtf8IsReplaced()
    {
        File.WriteAllBytes(Path.Combine(_folder, "a.txt"), [0x61, 0xFF, 0x62]);
        TextFiles.Read([Path.Combine(_folder, "a.txt")]).ShouldBe(["a\uFFFDb"]);
    }

    [Theory]
    [InlineData("{\"text\": 1}")]
    [InlineData("[1]")]
    [InlineData("{")]
    public void ALineWithoutATextIsRefusedWithItsNumber(string line)
    {
        Write("a.jsonl", "{\"text\": \"fine\"}\n" + line);
        Should.Throw<MalformedInputException>(() => TextFiles.Read([_folder]).ToList()).Place.ShouldBe("line 2");
    }

    [Fact]
    public void APathThatDoesNotExistIsRefused() => Should.Throw<FileNotFoundException>(() => TextFiles.Read([Path.Combine(_folder, "none")]).ToList());

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);
}
