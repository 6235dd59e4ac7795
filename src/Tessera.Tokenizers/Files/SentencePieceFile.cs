using System.Text;
using Tessera.Tokenizers.SentencePiece;

namespace Tessera.Tokenizers.Files;

/// <summary>Reads SentencePiece's model file, a protobuf message (sentencepiece_model.proto of google/sentencepiece): pieces, and of the settings those that encoding needs.</summary>
internal static class SentencePieceFile
{
    public static (PieceTable Pieces, SentencePieceSettings Settings) Read(ReadOnlySpan<byte> bytes, string file, InputLimits limits)
    {
        var pieces = new List<(byte[] Text, float Score, PieceType Type)>();
        var settings = new SentencePieceSettings();
        var message = new ProtobufReader(bytes, file, "model");
        while (message.Next())
        {
            switch (message.Field)
            {
                case 1:
                    if (pieces.Count >= limits.MaxVocabulary) throw new ResourceLimitException($"pieces of {file}", pieces.Count + 1, limits.MaxVocabulary);
                    pieces.Add(Piece(message.ReadMessage($"pieces[{pieces.Count}]")));
                    break;
                case 2:
                    settings = Trainer(message.ReadMessage("trainer_spec"), settings);
                    break;
                case 3:
                    settings = Normalizer(message.ReadMessage("normalizer_spec"), settings);
                    break;
                case 5:
                    settings = settings with { Denormalizer = Normalizer(message.ReadMessage("denormalizer_spec"), settings).Normalizer };
                    break;
                default:
                    message.Skip();
                    break;
            }
        }

        return (Table(pieces, settings, file), settings);
    }

    private static (byte[] Text, float Score, PieceType Type) Piece(ProtobufReader piece)
    {
        (byte[] text, float score, var type) = ([], 0f, PieceType.Normal);
        while (piece.Next())
        {
            if (piece.Field == 1) text = piece.ReadBytes().ToArray();
            else if (piece.Field == 2) score = piece.ReadSingle();
            else if (piece.Field == 3) type = (PieceType)piece.ReadInt32();
            else piece.Skip();
        }

        if (text.Length == 0) throw piece.Error("a piece without text");
        if (!System.Text.Unicode.Utf8.IsValid(text)) throw piece.Error("a piece that is no UTF-8");
        if (!float.IsFinite(score)) throw piece.Error($"the score {score}");
        return Enum.IsDefined(type) ? (text, score, type) : throw piece.Error($"a piece of the type {(int)type}");
    }

    private static SentencePieceSettings Trainer(ProtobufReader trainer, SentencePieceSettings settings)
    {
        while (trainer.Next())
        {
            switch (trainer.Field)
            {
                case 3:
                    var algorithm = (SentencePieceAlgorithm)trainer.ReadInt32();
                    settings = Enum.IsDefined(algorithm) ? settings with { Algorithm = algorithm } : throw trainer.Error($"the model type {(int)algorithm}");
                    break;
                case 24:
                    settings = settings with { BlankAsSuffix = trainer.ReadBool() };
                    break;
                case 35:
                    settings = settings with { ByteFallback = trainer.ReadBool() };
                    break;
                case 44:
                    settings = settings with { UnknownSurface = Encoding.UTF8.GetString(trainer.ReadBytes()) };
                    break;
                case 46:
                    settings = settings with { BeginPiece = Encoding.UTF8.GetString(trainer.ReadBytes()) };
                    break;
                case 47:
                    settings = settings with { EndPiece = Encoding.UTF8.GetString(trainer.ReadBytes()) };
                    break;
                default:
                    trainer.Skip();
                    break;
            }
        }

        return settings;
    }

    private static SentencePieceSettings Normalizer(ProtobufReader normalizer, SentencePieceSettings settings)
    {
        while (normalizer.Next())
        {
            switch (normalizer.Field)
            {
                case 2:
                    try
                    {
                        var map = normalizer.ReadBytes();
                        settings = settings with { Normalizer = map.IsEmpty ? null : new Text.Normalizers.CharacterMap(map) };
                    }
                    catch (FormatException e)
                    {
                        throw normalizer.Error(e.Message);
                    }

                    break;
                case 3:
                    settings = settings with { DummyPrefix = normalizer.ReadBool() };
                    break;
                case 4:
                    settings = settings with { RemoveExtraBlanks = normalizer.ReadBool() };
                    break;
                case 5:
                    settings = settings with { EscapeBlanks = normalizer.ReadBool() };
                    break;
                default:
                    normalizer.Skip();
                    break;
            }
        }

        return settings;
    }

    private static PieceTable Table(List<(byte[] Text, float Score, PieceType Type)> pieces, SentencePieceSettings settings, string file)
    {
        var table = new PieceTable();
        for (var id = 0; id < pieces.Count; id++)
        {
            if (!table.TryAdd(pieces[id].Text, pieces[id].Score, pieces[id].Type)) throw new MalformedInputException(file, $"pieces[{id}]", "the piece stands there twice, or there are two unknown ones");
        }

        if (table.Unknown < 0) throw new MalformedInputException(file, "pieces", "there is no unknown piece");
        if (settings.ByteFallback && table.ByteCount != 256) throw new MalformedInputException(file, "pieces", $"text falls back to bytes, and there are pieces for {table.ByteCount} of 256");
        return table;
    }
}
