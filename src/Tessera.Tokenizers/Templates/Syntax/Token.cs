namespace Tessera.Tokenizers.Templates.Syntax;

/// <summary>One token: its kind, where it begins, its text (names, strings, template text) and its number.</summary>
internal readonly record struct Token(TokenKind Kind, int Offset, string Text = "", Values.Value Number = default)
{
    public bool IsName(string name) => Kind == TokenKind.Name && Text == name;

    /// <summary>How errors speak of it.</summary>
    public string Description => Kind switch
    {
        TokenKind.Text => "text",
        TokenKind.VariableBegin => "begin of print statement",
        TokenKind.VariableEnd => "end of print statement",
        TokenKind.BlockBegin => "begin of statement block",
        TokenKind.BlockEnd => "end of statement block",
        TokenKind.End => "end of template",
        TokenKind.Name => $"'{Text}'",
        TokenKind.String => "string",
        TokenKind.Integer => "integer",
        TokenKind.Float => "float",
        _ => $"'{Text}'",
    };
}

/// <summary>What a <see cref="Token"/> is.</summary>
internal enum TokenKind : byte
{
    Text,
    VariableBegin,
    VariableEnd,
    BlockBegin,
    BlockEnd,
    Name,
    String,
    Integer,
    Float,
    Add,
    Subtract,
    Multiply,
    Power,
    Divide,
    FloorDivide,
    Modulo,
    Tilde,
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Assign,
    Dot,
    Colon,
    Pipe,
    Comma,
    Semicolon,
    LeftParenthesis,
    RightParenthesis,
    LeftBracket,
    RightBracket,
    LeftBrace,
    RightBrace,
    End,
}
